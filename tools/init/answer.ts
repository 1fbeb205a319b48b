import { utils } from "ssh2";
import type { Draft } from "./draft";
import type { Question } from "./questions";

/**
 * Puts an answer into the draft, and what follows from it.
 * @returns what is wrong with it, in the words of `up`; it is in the draft all the same
 */
export function answer(draft: Draft, question: Question, text: string): readonly string[] {
  const { path, kind, optional } = question;
  if (text.trim() === "" && optional) {
    draft.remove(path);
    return [];
  }
  if (kind === "secret" || kind === "key") draft.setSecret(path, text);
  else draft.set(path, valueOf(question, text));
  follow(draft, question, text);
  return draft.faults(path);
}

function valueOf({ kind, keys = [] }: Question, text: string): unknown {
  const items = text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  switch (kind) {
    case "number":
      return /^\d+$/.test(text.trim()) ? Number(text) : text.trim();
    case "list":
      return items;
    case "pairs":
      return items.map((item) => {
        const parts = item.split("=");
        return Object.fromEntries(keys.map((key, index) => [key, parts[index]?.trim() ?? ""]));
      });
    case "known-hosts":
      return text.endsWith("\n") ? text : `${text}\n`;
    default:
      return text.trim();
  }
}

/** What an answer decides of other settings. */
export function follow(draft: Draft, { name, path, variable = "SSH_KEY" }: Question, text: string): void {
  if (name.endsWith(".ssh.privateKey")) askPassphrase(draft, path.slice(0, -1), text, variable);
  if (name.endsWith("Repository.url")) signIn(draft, name.replace(/\.url$/, ""));
  if (name === "secrets") deliver(draft);
  if (name === "azure.vault.name") {
    const url = draft.at(["azure", "vault", "url"]);
    const vault = draft.at(["azure", "vault", "name"]);
    // The address of the sample's vault.
    if (typeof url === "string" && !url.includes(`//${String(vault)}.`))
      draft.remove(["azure", "vault", "url"]);
  }
}

/** An encrypted key takes its passphrase, and no other one does. */
function askPassphrase(draft: Draft, ssh: Question["path"], key: string, variable: string): void {
  const parsed = utils.parseKey(key);
  const encrypted = parsed instanceof Error && /encrypted/i.test(parsed.message);
  if (!encrypted) draft.remove([...ssh, "passphrase"]);
  else if (draft.at([...ssh, "passphrase"]) === undefined)
    draft.set([...ssh, "passphrase"], { env: `${variable}_PASSPHRASE` });
}

/** An ssh:// address takes a key, the others a user and a password. */
function signIn(draft: Draft, repository: string): void {
  const ssh = String(draft.at([repository, "url"])).startsWith("ssh:");
  const auth = [repository, "auth"];
  if (ssh === (draft.at([...auth, "ssh"]) !== undefined)) return;
  const variable = repository === "fluxRepository" ? "FLUX" : "APP";
  if (!ssh) {
    draft.set(auth, { basic: { username: "git", password: { env: `${variable}_GIT_TOKEN` } } });
    return;
  }
  const privateKey = { env: `${variable}_DEPLOY_KEY` };
  draft.set(auth, { ssh: { privateKey, knownHosts: { env: "GIT_KNOWN_HOSTS" } } });
  // Flux reads with the program's key, which is a deploy key already.
  draft.remove([repository, "deployKey"]);
}

function deliver(draft: Draft): void {
  if (draft.at(["secrets"]) !== "sops" || draft.at(["sops"]) !== undefined) return;
  draft.remove(["azure"]);
  draft.set(["sops"], { recipient: "age1…", identity: { env: "SOPS_AGE_KEY" } });
}
