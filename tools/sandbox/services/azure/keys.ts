/** RSA keys of a vault below `/keyvault/<vault>/keys/`, as far as sops asks for them: they encrypt and decrypt a data key. */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type JsonWebKey,
} from "node:crypto";
import { z } from "zod";
import type { Call, Reply } from "../http";
import { AzureError, parseBody } from "./errors";
import { requireKeyRight, type KeyOperation } from "./roles";
import type { AzureState, KeyVersion, Resource } from "./state";

interface Place {
  readonly state: AzureState;
  readonly vault: Resource;
  /** Who asks; undefined for one who may do everything. */
  readonly oid: string | undefined;
}

const creation = z.object({ kty: z.literal("RSA"), key_size: z.literal(2048).optional() });
const change = z.object({ attributes: z.object({ enabled: z.boolean() }) });
const work = z.object({ alg: z.literal("RSA-OAEP-256"), value: z.string() });

export function keysPlane(
  call: Call,
  [name = "", version, part]: readonly string[],
  { state, vault, oid }: Place,
): Reply {
  const keys = ((state.keys ??= {})[vault.name.toLowerCase()] ??= {});
  const versions = keys[name.toLowerCase()] ?? [];
  const allow = (operation: KeyOperation): void => {
    requireKeyRight(state, vault, oid, operation);
  };
  const id = (one: KeyVersion): string =>
    `https://${vault.name.toLowerCase()}.vault.azure.net/keys/${name}/${one.version}`;
  const bundle = (one: KeyVersion): Reply => {
    const jwk: JsonWebKey = createPublicKey(createPrivateKey(one.value)).export({ format: "jwk" });
    const key = { ...jwk, kid: id(one), key_ops: ["encrypt", "decrypt"] };
    return { status: 200, body: { key, attributes: { enabled: one.enabled } } };
  };
  const found = (): KeyVersion => {
    const one = version ? versions.find((other) => other.version === version) : versions.at(-1);
    if (one !== undefined) return one;
    const path = version ? `${name}/${version}` : name;
    throw new AzureError(
      404,
      "KeyNotFound",
      `A key with (name/id) ${path} was not found in this key vault. ` +
        "If you recently deleted this key you may be able to recover it using the correct recovery command.",
    );
  };

  switch (`${call.method} ${version === "create" ? "create" : (part ?? "key")}`) {
    case "POST create": {
      allow("create");
      parseBody(call, creation);
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const value = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      const made = { version: randomBytes(16).toString("hex"), value, enabled: true };
      keys[name.toLowerCase()] = [...versions, made];
      return bundle(made);
    }
    case "GET key":
      allow("get");
      return bundle(found());
    case "PATCH key": {
      allow("update");
      const one = found();
      one.enabled = parseBody(call, change).attributes.enabled;
      return bundle(one);
    }
    case "POST encrypt":
    case "POST decrypt": {
      const operation = part as "encrypt" | "decrypt";
      allow(operation);
      const one = found();
      if (!one.enabled) {
        const message = `Operation ${operation} is not allowed on a disabled key.`;
        throw new AzureError(403, "Forbidden", message, "KeyDisabled");
      }
      const value = worked(operation, one, parseBody(call, work).value);
      return { status: 200, body: { kid: id(one), value } };
    }
  }
  throw new AzureError(404, "NotFound", `The sandbox's Key Vault has no ${call.method} ${call.path}.`);
}

function worked(operation: "encrypt" | "decrypt", { value }: KeyVersion, text: string): string {
  const key = { key: value, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const given = Buffer.from(text, "base64url");
  try {
    return (operation === "encrypt" ? publicEncrypt(key, given) : privateDecrypt(key, given)).toString(
      "base64url",
    );
  } catch {
    throw new AzureError(400, "BadParameter", "The parameter is incorrect.");
  }
}
