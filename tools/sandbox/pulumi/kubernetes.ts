/**
 * Stand-in for the provider plugin of @pulumi/kubernetes: objects of any kind by server-side apply, under the real
 * provider's field manager, with its names, replacements and waits. Helm, YAML and Kustomize resources and patches
 * are the real one's only.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { version } from "@pulumi/kubernetes/package.json";
import {
  HandlerContext,
  hasUnknown,
  PartialError,
  Props,
  ResourceHandler,
  UNKNOWN,
  UserError,
} from "../../../provider/plugin/handler";
import { serve } from "../../../provider/plugin/server";
import { ApiError, KubernetesClient, KubernetesObject } from "./kubernetes-client";
import {
  diffObjects,
  liveInputs,
  Mutable,
  outputsOf,
  timeoutSeconds,
  typeOf,
  waitingFor,
  wireObject,
  withName,
} from "./kubernetes-objects";
import { diffSettings } from "./kubernetes-config";
import { urnName } from "./semantics";

const SETTINGS = [
  ...[
    "kubeconfig",
    "context",
    "clusterIdentifier",
    "namespace",
    "upsertExistingObjects",
    "enableServerSideApply",
  ],
  ...[
    "enableConfigMapMutable",
    "enableSecretMutable",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
  ],
];

/** The engine passes flags as booleans or as text. */
const isTrue = (flag: unknown): boolean => flag === true || flag === "true";

/** The provider's settings, by argument or environment as the real one takes them. */
class Settings {
  private connection?: Promise<KubernetesClient>;
  private args: Props = {};

  configure(args: Props): void {
    if (args.enableServerSideApply !== undefined && !isTrue(args.enableServerSideApply)) {
      throw new UserError("the stand-in for provider kubernetes knows server-side apply only");
    }
    this.args = args;
    this.connection = undefined;
  }

  private flag(name: string, variable: string): boolean {
    return isTrue(this.args[name] ?? process.env[variable]);
  }

  get upsert(): boolean {
    return this.flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS");
  }

  get mutable(): Mutable {
    return {
      configMaps: this.flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
      secrets: this.flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
    };
  }

  /** Connected on first use: a preview with nothing to do needs no cluster. */
  client(): Promise<KubernetesClient> {
    const { kubeconfig, context, namespace } = this.args as Record<string, string | undefined>;
    return (this.connection ??= KubernetesClient.connect({ kubeconfig, context, namespace }));
  }
}

const settings = new Settings();

function failed(action: string, id: string, error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const hint =
    error.status === 409
      ? '; set the annotation pulumi.com/patchForce to "true" to take the fields over'
      : "";
  return new UserError(`${id} can't be ${action}: ${error.message}${hint}`);
}

async function apply(
  ctx: HandlerContext,
  object: KubernetesObject,
  isNew: boolean,
): Promise<{ id: string; outputs: Props }> {
  const client = await settings.client();
  const { path, id } = await client.locate(object);
  if (isNew && !settings.upsert && (await client.get(path)) !== undefined) {
    throw new UserError(
      `${object.kind} ${id} exists already; import it, or set upsertExistingObjects on the provider to take it over`,
    );
  }
  // The real provider looks at what it updates first.
  if (!isNew && (await client.get(path)) === undefined)
    throw new UserError(`${object.kind} ${id} can't be updated: it isn't in the cluster`);
  const force = object.metadata.annotations?.["pulumi.com/patchForce"] === "true";
  let live = await client.apply(path, wireObject(object), { force }).catch((error: unknown) => {
    throw failed(isNew ? "created" : "updated", `${object.kind} ${id}`, error);
  });
  const deadline = Date.now() + timeoutSeconds(object) * 1000;
  let shown: string | undefined;
  for (let wait = waitingFor(live); wait !== undefined; wait = waitingFor(live)) {
    if (ctx.signal.aborted || Date.now() > deadline) {
      const message = `${object.kind} ${id} isn't ready: still waiting for ${wait}`;
      throw new PartialError(message, id, outputsOf(live, object));
    }
    if (wait !== shown) ctx.status(`waiting for ${wait}`);
    shown = wait;
    await sleep(250);
    live = (await client.get(path)) ?? live;
  }
  return { id, outputs: outputsOf(live, object) };
}

/** Lets the API server judge the object; what it lacks yet (namespace, kind) may be made by this very `up`. */
async function validate(object: KubernetesObject): Promise<void> {
  const client = await settings.client();
  const location = await client.locate(object).catch((error: unknown) => {
    if (error instanceof UserError && error.message.includes("has no kind")) return undefined;
    throw error;
  });
  if (location === undefined) return;
  await client
    .apply(location.path, wireObject(object), { dryRun: true, force: true })
    .catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 404)
        throw failed("applied", `${object.kind} ${location.id}`, error);
    });
}

async function remove(ctx: HandlerContext, object: KubernetesObject): Promise<void> {
  const client = await settings.client();
  const found = await client.locate(object).catch((error: unknown) => {
    // With its definition gone, so is the object.
    if (error instanceof UserError && error.message.includes("has no kind")) return undefined;
    throw error;
  });
  if (found === undefined) return;
  const annotations = object.metadata.annotations;
  const policy = annotations?.["pulumi.com/deletionPropagationPolicy"] ?? "foreground";
  await client.delete(found.path, policy.charAt(0).toUpperCase() + policy.slice(1));
  if (annotations?.["pulumi.com/skipAwait"] === "true") return;
  ctx.status("waiting until it is gone");
  const deadline = Date.now() + timeoutSeconds(object) * 1000;
  for (let live = await client.get(found.path); live !== undefined; live = await client.get(found.path)) {
    if (ctx.signal.aborted || Date.now() > deadline) {
      const finalizers = ((live.metadata.finalizers ?? []) as readonly string[]).join(", ") || "none";
      throw new UserError(`${object.kind} ${found.id} is still there; its finalizers: ${finalizers}`);
    }
    await sleep(250);
  }
}

function objects(apiVersion: string, kind: string): ResourceHandler {
  const secret = apiVersion === "v1" && kind === "Secret";
  return {
    computed: [],
    secrets: secret ? ["data", "stringData"] : [],
    check: (ctx, news, olds) => {
      const given = { apiVersion, kind, ...news };
      const failures = [
        ...(given.apiVersion === apiVersion
          ? []
          : [{ property: "apiVersion", reason: `must be ${apiVersion}` }]),
        ...(given.kind === kind ? [] : [{ property: "kind", reason: `must be ${kind}` }]),
      ];
      return Promise.resolve({ inputs: withName(given, olds, urnName(ctx.urn)), failures });
    },
    diff: (_ctx, _id, olds, news) =>
      Promise.resolve(
        diffObjects(olds.inputs as KubernetesObject, news as KubernetesObject, settings.mutable),
      ),
    preview: async (_ctx, news, olds) => {
      const object = news as KubernetesObject;
      if (!hasUnknown(news)) await validate(object);
      if (olds !== undefined) {
        const { metadata, status } = olds.outputs as KubernetesObject;
        return {
          ...object,
          metadata: { ...metadata, ...object.metadata },
          ...(status === undefined ? {} : { status }),
        };
      }
      const made = { uid: UNKNOWN, resourceVersion: UNKNOWN, creationTimestamp: UNKNOWN };
      const plain = secret || kind === "ConfigMap" || kind === "ServiceAccount";
      return { ...object, metadata: { ...made, ...object.metadata }, ...(plain ? {} : { status: UNKNOWN }) };
    },
    create: (ctx, news) => apply(ctx, news as KubernetesObject, true),
    update: (ctx, _id, _olds, news) => apply(ctx, news as KubernetesObject, false),
    read: async (_ctx, id, olds) => {
      const [name, namespace] = id.split("/").reverse();
      const inputs = (
        Object.keys(olds.inputs).length > 0
          ? olds.inputs
          : { apiVersion, kind, metadata: { name, namespace } }
      ) as KubernetesObject;
      const client = await settings.client();
      const live = await client.get((await client.locate(inputs)).path);
      if (live === undefined) return undefined;
      return { id, inputs: liveInputs(inputs, live), outputs: outputsOf(live, inputs) };
    },
    delete: (ctx, _id, olds) => remove(ctx, olds.outputs as KubernetesObject),
  };
}

const handlers = new Map<string, ResourceHandler>();

export function resources(token: string): ResourceHandler {
  const type = typeOf(token);
  if (type === undefined) {
    throw new UserError(
      `the stand-in for provider kubernetes doesn't know '${token}'; it knows objects of the API server, not the ` +
        "real provider's own Helm, YAML, Kustomize, Patch and List resources",
    );
  }
  const handler = handlers.get(token) ?? objects(type.apiVersion, type.kind);
  handlers.set(token, handler);
  return handler;
}

if (require.main === module) {
  void serve({
    name: "kubernetes",
    version,
    resources,
    settings: SETTINGS,
    diffSettings,
    configure: (args) => {
      settings.configure(args);
    },
  });
}
