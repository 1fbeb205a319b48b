/** Reads what an ExternalSecret asks for from Azure Key Vault, by the official client. */
import { isRestError } from "@azure/core-rest-pipeline";
import type { SecretClient } from "@azure/keyvault-secrets";
import type { ExternalSecret, RemoteRef } from "./types";

/** The vault has no such secret, version or property. */
export class MissingSecretError extends Error {}

/** All keys and values, those of dataFrom first. @throws Error that names the entry and the vault's key. */
export async function readValues(
  external: ExternalSecret,
  client: SecretClient,
): Promise<Record<string, string>> {
  const { data = [], dataFrom = [], target } = external.spec;
  const values: Record<string, string> = {};
  // Other policies than Retain take what the vault has no more as a wish to have it gone.
  const skipMissing = (target?.deletionPolicy ?? "Retain") !== "Retain";
  const entry = async (where: string, ref: RemoteRef, take: (value: string) => void) => {
    try {
      take(await read(ref, client));
    } catch (error) {
      if (error instanceof MissingSecretError && skipMissing) return;
      const message = `error processing ${where} (key: ${ref.key}): ${words(error)}`;
      throw error instanceof MissingSecretError ? new MissingSecretError(message) : new Error(message);
    }
  };
  for (const [index, { extract, find, rewrite, sourceRef }] of dataFrom.entries()) {
    const where = `spec.dataFrom[${index}]`;
    if (!extract || find || rewrite?.length || sourceRef)
      throw new Error(`${where}: the sandbox supports extract only`);
    await entry(`${where}.extract`, extract, (value) => {
      Object.assign(values, properties(value));
    });
  }
  for (const [index, { secretKey, remoteRef, sourceRef }] of data.entries()) {
    if (sourceRef) throw new Error(`spec.data[${index}]: the sandbox does not support sourceRef`);
    await entry(`spec.data[${index}]`, remoteRef, (value) => (values[secretKey] = value));
  }
  return values;
}

async function read(ref: RemoteRef, client: SecretClient): Promise<string> {
  if ((ref.metadataPolicy ?? "None") !== "None")
    throw new Error("metadataPolicy is not supported by the sandbox");
  const name = ref.key.replace(/^secret\//, "");
  if (name.includes("/")) throw new Error("the sandbox's vault has secrets only, no keys and certificates");
  const value = await get(name, ref.version, client);
  return decode(ref.property === undefined ? value : property(value, ref.property), ref.decodingStrategy);
}

async function get(name: string, version: string | undefined, client: SecretClient): Promise<string> {
  try {
    return (await client.getSecret(name, { version })).value ?? "";
  } catch (error) {
    if (!isRestError(error) || error.statusCode !== 404) throw error;
    throw new MissingSecretError(`the vault has no secret ${name}${version ? ` of version ${version}` : ""}`);
  }
}

function properties(value: string): Record<string, string> {
  const parsed = parseObject(value);
  return Object.fromEntries(Object.entries(parsed).map(([key, item]) => [key, text(item)]));
}

/** A key of the JSON value as it is, else a path of keys with dots. */
function property(value: string, path: string): string {
  const parsed = parseObject(value);
  if (Object.hasOwn(parsed, path)) return text(parsed[path]);
  let found: unknown = parsed;
  for (const key of path.split(".")) {
    found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[key] : undefined;
  }
  if (found === undefined) throw new MissingSecretError(`property ${path} does not exist in the secret`);
  return text(found);
}

function parseObject(value: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // The parser's words quote the text, which is secret.
  }
  throw new Error("the secret's value is not a JSON object");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function decode(value: string, strategy = "None"): string {
  if (strategy === "None") return value;
  if (strategy === "Base64") return Buffer.from(value, "base64").toString("utf8");
  if (strategy === "Base64URL") return Buffer.from(value, "base64url").toString("utf8");
  throw new Error(`decodingStrategy ${strategy} is not supported by the sandbox`);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
