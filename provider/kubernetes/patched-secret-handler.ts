import { isDeepStrictEqual } from "node:util";
import { RECONCILE, RECONCILE_DISABLED } from "../../manifests/secrets/app-secret";
import { clusterGone } from "../flux/uninstall";
import { UNKNOWN, hasUnknown, type Props, type ResourceHandler } from "../plugin/handler";
import { Cluster, type ClusterConnection } from "./cluster";
import {
  applied,
  digestOf,
  isOnlyOf,
  keysOf,
  liveDigests,
  referenceOf,
  refuseForeignValues,
  type Digests,
  type LiveSecret,
  type OwnSecret,
} from "./patched-secret";
import { serverOf } from "./server-of";
import { untilNamespace } from "./wait-for-namespace";

interface Inputs extends ClusterConnection, OwnSecret {
  readonly digests: Digests;
  /** The annotation's value. */
  readonly reconcile: string;
  readonly pending?: readonly string[];
  readonly timeoutSeconds: number;
}

interface Outputs {
  readonly created: boolean;
  /** True while pull requests that bring the namespace aren't merged. */
  readonly waits: boolean;
}

/** Field manager of what the program writes into live Secrets. */
const FIELD_MANAGER = "handoff";

/** A change of these is another Secret. */
const KEY = ["name", "namespace"];
const SETTINGS = ["trigger", "kubeconfig", "context", "data", "type", "digests", "reconcile"];

/** The provider's side of `PatchedSecret`. */
export const patchedSecretHandler: ResourceHandler = {
  computed: ["created"],

  async place(inputs) {
    const { name, namespace, ...connection } = inputsOf(inputs);
    return [await serverOf(connection), namespace, name];
  },

  async check(_ctx, news) {
    const { name, namespace, data } = inputsOf(news);
    const digests =
      hasUnknown([name, namespace]) || typeof data !== "object"
        ? UNKNOWN
        : Object.fromEntries(
            Object.entries(data).map(([key, text]) => [
              key,
              hasUnknown(text) ? UNKNOWN : digestOf({ name, namespace }, key, text),
            ]),
          );
    return Promise.resolve({ inputs: { ...news, digests, reconcile: RECONCILE_DISABLED[RECONCILE] } });
  },

  async diff(ctx, _id, olds, news) {
    const changed = (name: string): boolean => !isDeepStrictEqual(olds.inputs[name], news[name]);
    const replaces = KEY.filter(changed);
    const updates = SETTINGS.filter(changed).filter((name) => name !== "data" || !changed("digests"));
    if (outputsOf(olds.outputs).waits) updates.push("pending");
    const gone = replaces.length + updates.length > 0 ? undefined : await whatIsGone(news);
    if (gone !== undefined) {
      ctx.warn(`${gone}: \`up\` writes it again`);
      updates.push("reconcile");
    }
    const keys = updates.flatMap((name) =>
      name === "digests" ? changedKeys(olds.inputs[name], news[name]) : [name],
    );
    return {
      changes: replaces.length + updates.length > 0,
      replaces,
      detailed: Object.fromEntries([
        ...replaces.map((name) => [name, "update-replace"] as const),
        ...keys.map((name) => [name, "update"] as const),
      ]),
    };
  },

  async create(ctx, news) {
    const inputs = inputsOf(news);
    const cluster = await Cluster.connect(inputs);
    const id = `${inputs.namespace}/${inputs.name}`;
    if (!(await untilNamespace(ctx, cluster, inputs))) return { id, outputs: outputs(news, waiting) };
    const live = await get(cluster, inputs);
    if (live !== undefined) refuseForeignValues(inputs, live, FIELD_MANAGER);
    await cluster.apply(applied(inputs, inputs.data), FIELD_MANAGER);
    // One that nobody else has anything in was made by a run of ours that was killed.
    const created = live === undefined || isOnlyOf(FIELD_MANAGER, live);
    return { id, outputs: outputs(news, { created, waits: false }) };
  },

  async update(ctx, _id, olds, news) {
    const inputs = inputsOf(news);
    const before = outputsOf(olds.outputs);
    const cluster = await Cluster.connect(inputs);
    if (!(await untilNamespace(ctx, cluster, inputs))) return { outputs: outputs(news, waiting) };
    const live = await get(cluster, inputs);
    if (before.waits && live !== undefined) refuseForeignValues(inputs, live, FIELD_MANAGER);
    await cluster.apply(applied(inputs, inputs.data), FIELD_MANAGER);
    const created = live === undefined || (before.created && !before.waits);
    return { outputs: outputs(news, { created, waits: false }) };
  },

  async read(_ctx, id, olds) {
    const inputs = inputsOf(olds.inputs);
    if (outputsOf(olds.outputs).waits) return { id, ...olds };
    const live = await get(await Cluster.connect(inputs), inputs);
    if (live === undefined) return undefined;
    const found = {
      ...olds.inputs,
      digests: liveDigests(inputs, live),
      reconcile: live.metadata?.annotations?.[RECONCILE] ?? "",
    };
    return { id, inputs: found, outputs: outputs(found, outputsOf(olds.outputs)) };
  },

  async delete(ctx, _id, olds) {
    const inputs = inputsOf(olds.inputs);
    if (await clusterGone(ctx, inputs)) return;
    const cluster = await Cluster.connect(inputs);
    const live = await get(cluster, inputs);
    if (live === undefined || live.metadata?.deletionTimestamp !== undefined) return;
    const others = keysOf(live).filter((key) => !(key in inputs.data));
    if (others.length === 0 && outputsOf(olds.outputs).created) {
      await cluster.delete(referenceOf(inputs));
      return;
    }
    // The annotation stays: without it Flux could take the rest away.
    await cluster.apply(applied(inputs, {}), FIELD_MANAGER);
  },
};

const waiting: Outputs = { created: false, waits: true };

async function get(cluster: Cluster, inputs: Inputs): Promise<LiveSecret | undefined> {
  return await cluster.get(referenceOf(inputs));
}

/** What of it somebody deleted. A cluster that can't be asked is told of by what follows Flux. */
async function whatIsGone(news: Props): Promise<string | undefined> {
  if (hasUnknown(news)) return undefined;
  const inputs = inputsOf(news);
  const path = `the Secret ${inputs.namespace}/${inputs.name}`;
  try {
    const live: LiveSecret | undefined = await (await Cluster.connect(inputs, 1)).get(referenceOf(inputs));
    if (live === undefined) return `${path} is gone`;
    const there = keysOf(live);
    const keys = Object.keys(inputs.data).filter((key) => !there.includes(key));
    return keys.length === 0 ? undefined : `${path} has no ${keys.join(", ")} any more`;
  } catch {
    return undefined;
  }
}

/** Which keys another digest stands for, as paths of a diff. */
function changedKeys(olds: unknown, news: unknown): string[] {
  if (news === UNKNOWN || olds === undefined) return ["digests"];
  const [before, after] = [olds as Digests, news as Digests];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .map((key) => `digests[${JSON.stringify(key)}]`);
}

/** Without the values: the inputs have them, encrypted. */
function outputs(props: Props, more: Outputs): Props {
  const { name, namespace, digests, reconcile } = inputsOf(props);
  return { name, namespace, digests, reconcile, ...more };
}

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}

function outputsOf(props: Props): Outputs {
  return props as unknown as Outputs;
}
