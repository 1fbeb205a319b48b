import { conditionOf } from "../flux/follow/flux-object";
import { nextStep } from "../flux/follow/next-step";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { referenceOf, type LiveSecret } from "../kubernetes/patched-secret";
import { UserError, type HandlerContext } from "../plugin/handler";
import { until } from "../plugin/until";
import { expectedTexts, keysBehind, type RolledSecret, type Texts } from "./plan";

/** https://external-secrets.io/latest/introduction/faq/#can-i-manually-trigger-a-secret-refresh */
const FORCE_SYNC = "force-sync";
/** How often External Secrets is asked again: the vault may answer with the former value for a moment. */
const AGAIN = 5000;

/**
 * Waits until the live Secret has the values. External Secrets, which would look into the vault within the hour, is asked
 * to look now; what Flux decrypts and what the program patches arrive by themselves.
 * @throws UserError after `timeoutSeconds`, with what keeps it
 */
export async function untilSynced(
  ctx: HandlerContext,
  cluster: Cluster,
  secret: RolledSecret,
  values: Texts,
  timeoutSeconds: number,
): Promise<void> {
  const path = `${secret.namespace}/${secret.name}`;
  const expected = expectedTexts(secret, values);
  const store = secret.from === "store" ? new ForcedSync(cluster, secret) : undefined;
  const behind = async (): Promise<string | undefined> => {
    const synced = (await store?.done()) ?? true;
    const live: LiveSecret | undefined = await cluster.get(referenceOf(secret));
    if (live === undefined) return `Secret ${path}, which isn't there`;
    const keys = keysBehind(live, expected);
    if (keys.length > 0)
      return `Secret ${path}, whose ${keys.join(", ")} ${keys.length > 1 ? "are" : "is"} the former`;
    return synced ? undefined : `the sync of ExternalSecret ${path}`;
  };
  await until(
    ctx,
    timeoutSeconds,
    async () => {
      const what = await behind();
      return what && `waiting for ${what}`;
    },
    async (what) =>
      new UserError(
        [
          `The new value is made, but after ${String(timeoutSeconds)} s it isn't in the cluster: ${what}; nothing was restarted.`,
          ...((await store?.told()) ?? [
            `→ See what keeps Flux from applying Secret ${path}: flux get kustomizations`,
          ]),
          "→ Mend the cause, then run `pulumi up` again: it goes on with this rotation.",
        ].join("\n"),
      ),
  );
  ctx.info(`Secret ${path} has the new value`);
}

/**
 * Before a database's role gets another password: brings what comes by itself, so that nobody is left with the former one
 * when Flux or External Secrets stands still. What External Secrets is well for comes after the role, lest pods that start
 * in between have a password that the role doesn't know yet.
 * @throws UserError when External Secrets doesn't run, or after `timeoutSeconds`; the role has the former password then
 */
export async function bringFirst(
  ctx: HandlerContext,
  cluster: Cluster,
  secrets: readonly RolledSecret[],
  values: Texts,
  timeoutSeconds: number,
): Promise<void> {
  const stored = secrets.filter(({ from }) => from === "store");
  if (stored.length > 0) await assertOperatorRuns(cluster, stored);
  const first = await Promise.all(
    secrets.map(async (secret) =>
      secret.from !== "store" || !(await isWell(cluster, secret)) ? [secret] : [],
    ),
  );
  await Promise.all(
    first.flat().map(async (secret) => {
      await untilSynced(ctx, cluster, secret, values, timeoutSeconds);
    }),
  );
}

/** The label of its chart's objects. */
const OPERATOR = "app.kubernetes.io/name=external-secrets";

async function assertOperatorRuns(cluster: Cluster, secrets: readonly RolledSecret[]): Promise<void> {
  const found = await cluster.list("apps/v1", "Deployment", undefined, { labelSelector: OPERATOR });
  const available = found.filter(({ status }) => Number(status?.availableReplicas ?? 0) > 0);
  // Where it has another name nothing is known.
  if (found.length === 0 || available.length > 0) return;
  const { name = "", namespace = "" } = found[0]?.metadata ?? {};
  const paths = secrets.map((secret) => `${secret.namespace}/${secret.name}`).join(", ");
  throw new UserError(
    `The new password is made, but External Secrets (Deployment ${namespace}/${name}) doesn't run, which brings it to Secret ${paths}: the database's role was left with the former one, by which everything runs.\n` +
      `→ kubectl describe deployment ${name} -n ${namespace}. Mend the cause, then run \`pulumi up\` again, soon: once it runs, the Secrets get the new value without it.`,
  );
}

async function isWell(cluster: Cluster, { name, namespace }: RolledSecret): Promise<boolean> {
  const live = await cluster.get({ ...EXTERNAL_SECRET, name, namespace });
  return live !== undefined && conditionOf(live, "Ready")?.status === "True";
}

const EXTERNAL_SECRET = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret" } as const;

/** Asks an ExternalSecret to look into the vault now, and again until it has. */
class ForcedSync {
  private readonly reference;
  private before: string | undefined;
  private askedAt = 0;

  constructor(
    private readonly cluster: Cluster,
    { name, namespace }: RolledSecret,
  ) {
    this.reference = { ...EXTERNAL_SECRET, name, namespace };
  }

  /** Whether it has looked since it was asked; it is asked again from time to time all the same. */
  async done(): Promise<boolean> {
    const live = await this.cluster.get(this.reference);
    if (live === undefined) return false;
    const version = versionOf(live);
    const ready = conditionOf(live, "Ready")?.status === "True";
    const done = this.askedAt > 0 && ready && version !== this.before;
    if (!done && Date.now() - this.askedAt >= AGAIN) {
      this.before = version;
      this.askedAt = Date.now();
      const annotations = { [FORCE_SYNC]: new Date().toISOString() };
      await this.cluster.patch(this.reference, { metadata: { annotations } }, "handoff");
    }
    return done;
  }

  /** What it says itself. */
  async told(): Promise<string[]> {
    const live = await this.cluster.get(this.reference);
    if (live === undefined) return [`→ ExternalSecret ${this.path} isn't there: flux get kustomizations`];
    const { status, reason = "", message = "" } = conditionOf(live, "Ready") ?? {};
    const words =
      status === "True"
        ? "says that it is synced"
        : [reason, message].filter((text) => text !== "").join(": ");
    return [`ExternalSecret ${this.path}: ${words}`, `→ ${nextStep({ ...live, kind: "ExternalSecret" })}`];
  }

  private get path(): string {
    return `${this.reference.namespace}/${this.reference.name}`;
  }
}

/** What External Secrets last synced: it changes with the annotations. */
function versionOf({ status }: LiveObject): string | undefined {
  return (status as { readonly syncedResourceVersion?: string } | undefined)?.syncedResourceVersion;
}
