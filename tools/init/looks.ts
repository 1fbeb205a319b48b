import type { z } from "zod";
import { type PreflightInputs, preflightChecks } from "../../provider/preflight-handler";
import { systems } from "../../stacks";
import { Entrance, type EntranceSettings } from "../../stacks/entrance";
import type { AzureSettings } from "../../stacks/settings/blocks/azure";
import { findingsOf } from "../doctor/access";
import type { Finding } from "../doctor/check";
import { lookAtVault } from "../doctor/health";
import { plain } from "../stack/plain";
import { projectName } from "../stack/pulumi";
import type { Draft } from "./draft";

/**
 * Looks whether what a block of settings names is there and may be used: what `up` asks before it makes anything, as far
 * as this block tells. Changes nothing.
 * @param block key of the settings, such as fluxRepository
 */
export async function lookAt(draft: Draft, block: string): Promise<readonly Finding[]> {
  if (block === "azure") {
    const azure = await blockOf<AzureSettings>(draft, block);
    return azure === undefined ? [] : await lookAtNewVault(azure);
  }
  if (block === "cluster") return await preflight(draft, { cluster: await blockOf(draft, block) });
  if (block === "cloudflare") return await preflight(draft, { cloudflare: await cloudflareOf(draft) });
  if (!block.endsWith("Repository")) return [];
  const repository = await blockOf<PreflightInputs["repositories"][number]>(draft, block);
  return await preflight(draft, { repositories: repository === undefined ? [] : [repository] });
}

async function cloudflareOf(draft: Draft): Promise<PreflightInputs["cloudflare"]> {
  const cloudflare = await blockOf<EntranceSettings["cloudflare"]>(draft, "cloudflare");
  const cluster = await blockOf<EntranceSettings["cluster"]>(draft, "cluster");
  if (cloudflare === undefined || cluster === undefined) return undefined;
  const rotate = await blockOf<EntranceSettings["rotate"]>(draft, "rotate");
  return await plain(new Entrance({ cluster, cloudflare, rotate }).checks());
}

/** One that `up` is to create isn't there yet. */
async function lookAtNewVault(azure: AzureSettings): Promise<readonly Finding[]> {
  const findings = await lookAtVault({ azure });
  return findings.map((one) =>
    one.verdict === "fail" && azure.vault.create ? { ...one, verdict: "warn" } : one,
  );
}

/** What takes all settings to see: what the cluster's Flux reads already, and whether its key opens what is encrypted. */
export async function lookAtWhole(draft: Draft): Promise<readonly Finding[]> {
  const { raw, env } = draft.read();
  const { cluster, sops } = await plain(draft.system.read(raw, env, Object.keys(systems)).preflight);
  return await preflight(draft, { cluster, sops });
}

async function preflight(draft: Draft, inputs: Partial<PreflightInputs>): Promise<readonly Finding[]> {
  const stack = `${projectName()}/${draft.stack}`;
  return await findingsOf((ctx) => preflightChecks({ stack, repositories: [], ...inputs }, ctx));
}

/** A block as the program has it; undefined while it isn't whole. */
async function blockOf<T>(draft: Draft, block: string): Promise<T | undefined> {
  const { raw, env } = draft.read();
  const schema = draft.system.schema(env, Object.keys(systems)).shape[block] as z.ZodType<T> | undefined;
  const parsed = schema?.safeParse(raw[block]).data;
  return parsed === undefined ? undefined : ((await plain(parsed)) as T);
}
