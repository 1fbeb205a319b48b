import { parseAllDocuments } from "yaml";

/** A value that may stand in git: a placeholder to be filled out of band, or SOPS ciphertext. */
const HARMLESS = /^(REPLACE_ME(_[-A-Za-z0-9_]*)?\n?|ENC\[AES256_GCM,[^\]]*\])?$/;

/**
 * Keys of Kubernetes Secrets in a file whose values are readable, as `Secret calcom/calcom-db: POSTGRES_PASSWORD`.
 * Placeholders (`REPLACE_ME`, `REPLACE_ME_strong_password`), empty values and documents that SOPS encrypted pass.
 */
export function plaintextSecrets(text: string): string[] {
  if (!/\bSecret\b/.test(text)) return [];
  return parseAllDocuments(text)
    .map(plain)
    .flatMap((document) => secretsOf(document));
}

/** A text that isn't YAML, such as a README about Secrets, is no manifest. */
function plain(document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

interface Manifest {
  readonly kind?: unknown;
  readonly items?: unknown;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly stringData?: Readonly<Record<string, unknown>> | null;
}

function secretsOf(document: unknown): string[] {
  if (document === null || typeof document !== "object") return [];
  const manifest = document as Manifest;
  if (Array.isArray(manifest.items)) return manifest.items.flatMap(secretsOf);
  if (manifest.kind !== "Secret") return [];
  const encoded = Object.entries(manifest.data ?? {}).map(
    ([key, value]) =>
      [key, typeof value === "string" && !HARMLESS.test(value) ? decode(value) : value] as const,
  );
  const keys = [...encoded, ...Object.entries(manifest.stringData ?? {})]
    .filter(([, value]) => value !== null && !(typeof value === "string" && HARMLESS.test(value)))
    .map(([key]) => key);
  const { name = "?", namespace } = manifest.metadata ?? {};
  const title = namespace === undefined ? name : `${namespace}/${name}`;
  return keys.length === 0 ? [] : [`Secret ${title}: ${keys.join(", ")}`];
}

function decode(value: string): string {
  return Buffer.from(value, "base64").toString("utf8");
}

/** What to tell about readable Secrets in a file meant for git. */
export function secretMessage(path: string, found: readonly string[]): string {
  return (
    `${path} holds readable secrets and would be committed to git: ${found.join("; ")}. ` +
    "Put the values into Key Vault and hand over an ExternalSecret, encrypt the file with SOPS, or write REPLACE_ME and fill it out of band."
  );
}
