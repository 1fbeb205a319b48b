import { parseAllDocuments } from "yaml";

/**
 * A value that may stand in git: a placeholder to be filled out of band, a variable that Flux fills in, or SOPS
 * ciphertext.
 */
const HARMLESS = /^(REPLACE_ME(_[-A-Za-z0-9_]*)?\n?|\$\{[A-Za-z_]\w*\}|ENC\[AES256_GCM,[^\]]*\])?$/;

/**
 * Keys of Kubernetes Secrets in a file whose values are readable, as `Secret calcom/calcom-db: POSTGRES_PASSWORD`: of
 * Secrets wherever they stand, such as among the values of a HelmRelease or in a patch, and of those that kustomize
 * generates of literals. Placeholders (`REPLACE_ME`, `REPLACE_ME_strong_password`, `${PASSWORD}`), empty values and
 * documents that SOPS encrypted pass.
 */
export function plaintextSecrets(text: string): string[] {
  if (!/\bSecret\b|\bsecretGenerator\b/.test(text)) return [];
  // A lone CR ends a line, too; this library knows it in a line's end of Windows alone.
  return parseAllDocuments(text.replaceAll(/\r\n?/g, "\n"), { logLevel: "silent" })
    .map(plain)
    .flatMap((document) => secretsOf(document));
}

/** A text that isn't YAML, such as a README about Secrets, is no manifest. */
function plain(document: { toJS(options: { maxAliasCount: number }): unknown }): unknown {
  try {
    return document.toJS({ maxAliasCount: -1 });
  } catch {
    return undefined;
  }
}

interface Manifest {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: string; readonly namespace?: string } | null;
  readonly data?: unknown;
  readonly stringData?: unknown;
  readonly secretGenerator?: unknown;
}

function secretsOf(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value === "string")
    return /\n[^]*\bSecret\b|\bSecret\b[^]*\n/.test(value) ? plaintextSecrets(value) : [];
  // What an alias repeats is told once.
  if (value === null || typeof value !== "object" || seen.has(value)) return [];
  seen.add(value);
  if (Array.isArray(value)) return value.flatMap((entry) => secretsOf(entry, seen));
  const manifest = value as Manifest;
  const own = manifest.kind === "Secret" ? readableIn(manifest) : [];
  const inner = Object.entries(value).flatMap(([key, entry]) =>
    manifest.kind === "Secret" && /^(data|stringData)$/.test(key) ? [] : secretsOf(entry, seen),
  );
  return [...own, ...generated(manifest.secretGenerator), ...inner];
}

function readableIn({ metadata, data, stringData }: Manifest): string[] {
  const encoded = Object.entries(data ?? {}).map(
    ([key, value]: [string, unknown]) =>
      [key, typeof value === "string" && !HARMLESS.test(value) ? decode(value) : value] as const,
  );
  const keys = [...encoded, ...(Object.entries(stringData ?? {}) as [string, unknown][])]
    .filter(([, value]) => value !== null && !(typeof value === "string" && HARMLESS.test(value)))
    .map(([key]) => key);
  const { name = "?", namespace } = metadata ?? {};
  const title = namespace === undefined ? name : `${namespace}/${name}`;
  return keys.length === 0 ? [] : [`Secret ${title}: ${keys.join(", ")}`];
}

/** Literals of a kustomization's `secretGenerator`, which are `KEY=value`. */
function generated(generators: unknown): string[] {
  if (!Array.isArray(generators)) return [];
  return (generators as unknown[]).flatMap((generator) => {
    const { name = "?", literals } = (generator ?? {}) as {
      readonly name?: string;
      readonly literals?: unknown;
    };
    const keys = (Array.isArray(literals) ? (literals as unknown[]) : []).flatMap((literal) => {
      const [, key = "?", value = ""] = /^([^=]*)=([^]*)$/.exec(String(literal)) ?? [];
      return HARMLESS.test(value.replace(/^(["'])([^]*)\1$/, "$2")) ? [] : [key];
    });
    return keys.length === 0 ? [] : [`secretGenerator ${name}: ${keys.join(", ")}`];
  });
}

/** True for a file of which kustomize makes a Secret, when it is neither encrypted nor of placeholders. */
export function isReadableSource(text: string): boolean {
  if (/\bENC\[AES256_GCM,/.test(text)) return false;
  const values = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return !values.every((line) => HARMLESS.test(line.replace(/^[\w.-]+=/, "").trim()));
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
