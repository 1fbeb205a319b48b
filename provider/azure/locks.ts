import type { HandlerContext } from "../plugin/handler";
import { groupId, vaultId } from "../../manifests/azure/ids";
import { API, type GroupPlace } from "./api";
import { type AzureClient, AzureRefusal } from "./client";
import { listLive, textsIn } from "./marked";

/**
 * Locks by which Azure refuses every change, whatever roles allow: a fault where a vault is to be made, else a word, since
 * what runs and doesn't change needs none.
 * @param isThere whether the vault is
 */
export async function lockFaults(
  client: AzureClient,
  checks: GroupPlace & { readonly vault: { readonly name: string } },
  isThere: boolean,
  ctx: Pick<HandlerContext, "warn">,
): Promise<string[]> {
  const group = groupId(checks);
  const locks = `${group}/providers/Microsoft.Authorization/locks`;
  const found = await listLive(client, locks, API.locks).catch((error: unknown) => {
    // Who may see none may still write.
    if (error instanceof AzureRefusal && error.status < 500) return [];
    throw error;
  });
  const vault = vaultId(checks, checks.vault.name).toLowerCase();
  const readOnly = found.filter(({ id, properties }) => {
    const scope = scopeOf(id).toLowerCase();
    const above = vault === scope || vault.startsWith(`${scope}/`);
    return above && textsIn(properties).level === "ReadOnly";
  });
  const words = readOnly.map(
    ({ id, name, properties }) =>
      `the lock ${name} of ${scopeOf(id)} makes it read-only${notes(textsIn(properties).notes)}: Azure refuses each secret that is new or changes, and all that is to be made\n→ Ask who set it, or az lock delete --ids ${id} for as long as \`up\` takes.`,
  );
  if (!isThere) return words;
  for (const word of words) ctx.warn(word);
  return [];
}

/** What a lock is on: it has its id below. */
function scopeOf(id: string): string {
  return id.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]*$/i, "");
}

const notes = (text: string | undefined): string => (text === undefined || text === "" ? "" : ` ("${text}")`);
