import { randomBytes } from "node:crypto";
import { vaultId } from "../../manifests/azure/ids";
import { isObject } from "../../manifests/shape";
import {
  hasUnknown,
  UserError,
  type DiffResult,
  type HandlerContext,
  type Props,
  type ResourceHandler,
  type State,
} from "../plugin/handler";
import { differences } from "../cloudflare/differences";
import { API } from "./api";
import { AzureClient } from "./client";
import { keptOf, namedEver, type LiveVault, type NamedOfVault } from "../../manifests/azure/vault-properties";
import { findLive, hasMark, listLive, MARK_TAG, OWNER_TAG, sweep, type Marked } from "./marked";

/**
 * Handler of `handoff:azure:Mark`: a random text, known to the state before anything is made with it in its tags. It goes
 * after all that, and takes along what has it and no state knows of.
 */
export const azureMarkHandler: ResourceHandler = {
  computed: ["mark"],

  // Where nothing else is replaced, all has the former mark.
  place: (inputs, name) => [...PLACE.map((key) => inputs[key]), name],

  /** Of the vault as it is, what the program never named is others', and is told to the vault's resource. */
  check(_ctx, { live, named, ...news }, olds) {
    if (named === undefined) return Promise.resolve({ inputs: news });
    const ever = namedEver(olds?.named ?? {}, named as NamedOfVault);
    // Told even when it is nothing: a preview takes what isn't there for unknown.
    const kept = live === undefined ? {} : keptOf(live as LiveVault, ever, [OWNER_TAG, MARK_TAG]);
    return Promise.resolve({ inputs: { ...news, named: ever, kept } });
  },

  async diff(ctx, _id, olds, news): Promise<DiffResult> {
    // The names of the secrets are remembered for the next run, and change nothing.
    const [{ secrets: before, ...former }, { secrets: now, ...wanted }] = [olds.inputs, news];
    const plan = differences(former, wanted, PLACE);
    await refuseToLoseVault(ctx, olds, news);
    if (!plan.changes && !hasUnknown(news)) await tellLost(ctx, news, namesIn(before), namesIn(now));
    return plan;
  },

  preview: (_ctx, news, olds) =>
    Promise.resolve({ ...news, ...(olds !== undefined && { mark: olds.outputs.mark }) }),

  create(_ctx, news) {
    const mark = randomBytes(8).toString("hex");
    return Promise.resolve({ id: mark, outputs: { ...news, mark } });
  },

  update: (_ctx, _id, olds, news) => Promise.resolve({ outputs: { ...news, mark: olds.outputs.mark } }),

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, { inputs, outputs }) {
    const wanted = { ...inputs, mark: outputs.mark } as unknown as Marked;
    await sweep(new AzureClient(ctx, wanted), wanted, (what) => {
      ctx.info(`removed ${what}, whose making was never recorded`);
    });
  },
};

/**
 * Says which secrets of the last run can't be read in the vault any more: somebody deleted or disabled them, or made the
 * vault anew. An `up` doesn't look at what it has no change for. That one has expired, or isn't to be used yet, keeps
 * nobody from reading it: https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-attributes
 */
async function tellLost(
  ctx: HandlerContext,
  place: Props,
  before: readonly string[],
  now: readonly string[],
): Promise<void> {
  const wanted = place as unknown as Marked;
  const kept = now.filter((name) => before.includes(name));
  if (kept.length === 0) return;
  const { name: vault } = wanted.vault;
  try {
    const id = `${vaultId(wanted, vault)}/secrets`;
    const live = await listLive(new AzureClient(ctx, wanted), id, API.keyVault);
    const names = new Set(live.map(({ name }) => name.toLowerCase()));
    const lost = kept.filter((name) => !names.has(name.toLowerCase()));
    if (lost.length > 0) {
      ctx.warn(
        `the key vault ${vault} doesn't have ${lost.join(", ")} any more, which the last run left in it: somebody deleted ${lost.length === 1 ? "it" : "them"}, or made the vault anew\n→ \`pulumi up --refresh\` puts ${lost.length === 1 ? "it" : "them"} there again.`,
      );
    }
    const disabled = live.filter(
      (one) =>
        kept.some((name) => name.toLowerCase() === one.name.toLowerCase()) &&
        isObject(one.properties.attributes) &&
        one.properties.attributes.enabled === false,
    );
    if (disabled.length > 0) {
      const names = disabled.map(({ name }) => name);
      ctx.warn(
        `somebody disabled ${names.join(", ")} in the key vault ${vault}: nobody can read ${names.length === 1 ? "it" : "them"} there, and Secrets in the cluster stay as they are\n${names.map((name) => `→ az keyvault secret set-attributes --vault-name ${vault} --name ${name} --enabled true`).join("\n")}`,
      );
    }
  } catch (error) {
    // Of a vault that is gone the preflight tells, and who may not list may still write.
    if (!(error instanceof UserError)) throw error;
  }
}

/**
 * A vault that is named otherwise would be made anew, and the former one deleted, with all that anybody put into it.
 * @throws UserError unless that one is gone, or isn't the stack's any more
 */
async function refuseToLoseVault(
  ctx: HandlerContext,
  { inputs, outputs }: State,
  news: Props,
): Promise<void> {
  const former = { ...inputs, mark: outputs.mark } as unknown as Marked;
  const wanted = news as unknown as Marked;
  if (former.vault.create !== true || hasUnknown(news)) return;
  const id = vaultId(former, former.vault.name);
  const next = vaultId(wanted, wanted.vault.name);
  if (wanted.vault.create === true && id.toLowerCase() === next.toLowerCase()) return;
  const live = await findLive(new AzureClient(ctx, former), id, API.keyVault);
  if (live === undefined || !hasMark(live, former)) return;
  const change =
    wanted.vault.create === true
      ? `the settings name ${next} in its place`
      : "`azure.vault.create` isn't true any more";
  throw new UserError(
    `the key vault ${id} is this stack's, and ${change}: it would be deleted, with all its secrets\n→ Set the settings back. Or delete it yourself, then run \`pulumi up --refresh\`: az keyvault delete --name ${live.name}.`,
  );
}

function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}

/** Elsewhere it is another mark: the old one still finds what is at the old place. */
const PLACE = ["subscriptionId", "tenantId", "cloud", "resourceGroup", "vault"];
