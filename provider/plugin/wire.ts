import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Props } from "./handler";

/** Sentinel of a secret on the wire (sdk/go/common/resource, SigKey and SecretSig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Removes secret wrappers, at any depth. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) return plain(object.value);
  return Object.fromEntries(Object.entries(object).map(([key, entry]) => [key, plain(entry)]));
}

/** Properties as a handler sees them: plain values. */
export function fromStruct(struct: Struct | undefined): Props {
  return struct === undefined ? {} : (plain(struct.toJavaScript()) as Props);
}

/** Properties as the engine reads them, those named in `secrets` marked. */
export function toStruct(props: Props, secrets: readonly string[] = []): Struct {
  const entries = Object.entries(props)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [
      key,
      secrets.includes(key) ? { [SIGNATURE]: SECRET, value: value ?? null } : value,
    ]);
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(Object.fromEntries(entries))) as never);
}
