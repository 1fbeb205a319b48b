import { parse } from "yaml";
import { isObject, textOf } from "../../manifests/shape";
import { adviceOn, nextStep } from "../azure/advice";

/** A refusal of Azure's as its SDK for Go prints it: the request, the status, and the answer between lines. */
const AZURE =
  /(?:GET|POST) (https:\S+)\n-{20,}\nRESPONSE (\d+): [^\n]*\n(?:ERROR CODE: \S+\n)?-{20,}\n([^]*?)\n-{20,}\n?/g;

/**
 * What sops says of its failure, in a line where it can be: a refusal of Azure's is told as elsewhere, and what it says
 * of a text that it can't parse isn't shown, since it quotes the text.
 */
export function wordsOfSops(stderr: string): string {
  return stderr
    .trim()
    .replace(/(Error unmarshalling[^:]*):[^]*/i, "$1: it isn't valid YAML")
    .replaceAll(AZURE, (_, url: string, status: string, body: string) => refusal(url, status, body))
    .replace(
      /Could not generate data key: \[failed to encrypt new data key with master key "[^"]+": ([^]*)\]$/,
      "$1",
    )
    .replaceAll(/failed to encrypt sops data key with Azure Key Vault key '[^']+': /g, "");
}

function refusal(url: string, status: string, body: string): string {
  const said = answerOf(body);
  const error = isObject(said.error) ? said.error : {};
  const inner = isObject(error.innererror) ? textOf(error.innererror.code) : undefined;
  const code = inner ?? textOf(error.code);
  const words = textOf(error.message)?.replaceAll(/\s+/g, " ");
  const told = words === undefined ? "" : `, ${words}${code === undefined ? "" : ` (${code})`}`;
  return `Azure refused ${new URL(url).pathname}: HTTP ${status}${told}`;
}

/** Every JSON is YAML; a page is neither. */
function answerOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = parse(body);
    return isObject(answer) ? answer : {};
  } catch {
    return {};
  }
}

/** What to do so that secrets can be encrypted for a recipient, by what sops said of it. */
export function adviceFor(recipient: string, words: string): string {
  if (recipient.startsWith("age1")) return "Copy the public key once more, as age-keygen prints it.";
  if (!recipient.startsWith("https://")) return "Import that public key where this runs: gpg --import.";
  const { origin, hostname, pathname } = new URL(recipient);
  const name = pathname.split("/")[2] ?? "";
  const code = /\((\w+)\)$/.exec(words)?.[1] ?? "";
  if (code === "KeyNotFound")
    return `Copy the address of a version that is there: az keyvault key list-versions --id ${origin}/keys/${name}.`;
  if (code === "KeyDisabled")
    return `Enable it: az keyvault key set-attributes --id ${recipient} --enabled true. Or name another version.`;
  if (/^Forbidden(ByRbac|ByPolicy)?$|^AccessDenied$/.test(code))
    return "Give whoever signs in the role Key Vault Crypto User on that key, or by an access policy the permission to encrypt. A role that was given just now takes minutes to reach the vault.";
  if (/failed to acquire a token|AADSTS|Credential(?:Unavailable)?\b/.test(words))
    return nextStep("`az login`", words);
  if (/dial tcp|no such host|connection re|proxyconnect|Bad Gateway|timeout|EOF/i.test(words))
    return `See whether ${hostname} can be reached from here, and whether that is the vault's name.`;
  return adviceOn(code, words) ?? "Check the address, and that who runs this may encrypt by that key.";
}
