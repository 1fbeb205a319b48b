/** Reads what an ExternalSecret asks for. */
import { MissingSecretError, type Provider } from "./provider";
import type { ExternalSecret, RemoteRef } from "./types";

/** All keys and values, those of dataFrom first. @throws Error that names the entry and the vault's key. */
export async function readValues(
  external: ExternalSecret,
  provider: Provider,
): Promise<Record<string, string>> {
  const { data = [], dataFrom = [], target } = external.spec;
  const values: Record<string, string> = {};
  // Other policies than Retain take what the vault has no more as a wish to have it gone.
  const skipMissing = (target?.deletionPolicy ?? "Retain") !== "Retain";
  const entry = async (where: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (error instanceof MissingSecretError && skipMissing) return;
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`error processing ${where}, err: ${message}`, { cause: error });
    }
  };
  for (const [index, { extract, find, rewrite, sourceRef }] of dataFrom.entries()) {
    const where = `spec.dataFrom[${index}]`;
    if (!extract || find || rewrite?.length || sourceRef)
      throw new Error(`${where}: the sandbox supports extract only`);
    await entry(`${where}.extract`, async () => {
      Object.assign(values, await provider.extract(checked(extract)));
    });
  }
  for (const [index, { secretKey, remoteRef, sourceRef }] of data.entries()) {
    if (sourceRef) throw new Error(`spec.data[${index}]: the sandbox does not support sourceRef`);
    await entry(`spec.data[${index}] (key: ${remoteRef.key})`, async () => {
      values[secretKey] = decode(await provider.read(checked(remoteRef)), remoteRef.decodingStrategy);
    });
  }
  return values;
}

function checked(ref: RemoteRef): RemoteRef {
  if ((ref.metadataPolicy ?? "None") !== "None")
    throw new Error("metadataPolicy is not supported by the sandbox");
  return ref;
}

function decode(value: string, strategy = "None"): string {
  if (strategy === "None") return value;
  if (strategy === "Base64") return Buffer.from(value, "base64").toString("utf8");
  if (strategy === "Base64URL") return Buffer.from(value, "base64url").toString("utf8");
  throw new Error(`decodingStrategy ${strategy} is not supported by the sandbox`);
}
