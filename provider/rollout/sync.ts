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

/** Asks an ExternalSecret to look into the vault now, and again until it has. */
class ForcedSync {
  private readonly reference;
  private before: string | undefined;
  private askedAt = 0;

  constructor(
    private readonly cluster: Cluster,
    { name, namespace }: RolledSecret,
  ) {
    this.reference = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", name, namespace };
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
