import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isObject } from "../../manifests/shape";
import type { Props, Secrecy } from "./handler";

/** Sentinel of a secret on the wire (sdk/go/common/resource, SigKey and SecretSig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

function isSecret(value: unknown): value is { readonly value: unknown } {
  return typeof value === "object" && (value as Props | null)?.[SIGNATURE] === SECRET;
}

/** Removes secret wrappers, at any depth. What has none is the same. */
function plain(value: unknown): unknown {
  if (!containsSecret(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if (isSecret(value)) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

const read = new WeakMap<Struct, Props>();

/** What the engine sent, read once: thousands of files take their time. Not to be changed. */
function contentOf(struct: Struct): Props {
  const content = read.get(struct) ?? struct.toJavaScript();
  read.set(struct, content);
  return content;
}

/** Properties as a handler sees them: plain values. */
export function fromStruct(struct: Struct | undefined): Props {
  return struct === undefined ? {} : (plain(contentOf(struct)) as Props);
}

/** Properties as the engine reads them, secret ones marked. */
export function toStruct(props: Props, { names = [], like = [] }: Secrecy = {}): Struct {
  const given = like.map((struct) => struct && contentOf(struct));
  const plainProps = JSON.parse(JSON.stringify(props)) as Props;
  const entries = Object.entries(plainProps).map(([name, value]) => [
    name,
    names.includes(name)
      ? wrapped(value)
      : given.reduce<unknown>((marked, one) => mark(marked, one?.[name]), value),
  ]);
  return Struct.fromJavaScript(Object.fromEntries(entries) as never);
}

const wrapped = (value: unknown) => ({ [SIGNATURE]: SECRET, value });

/** As the engine does it: of objects each property, else the whole when the other contains a secret. */
function mark(value: unknown, like: unknown): unknown {
  if (isSecret(value)) return value;
  if (!isSecret(like) && isObject(value) && isObject(like)) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mark(entry, like[name])]));
  }
  return containsSecret(like) ? wrapped(value) : value;
}

function containsSecret(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  return isSecret(value) || Object.values(value).some(containsSecret);
}

/** The texts that are secret, at any depth. */
export function secretTexts(struct: Struct | undefined): string[] {
  return struct === undefined ? [] : textsOf(contentOf(struct), false);
}

function textsOf(value: unknown, secret: boolean): string[] {
  if (typeof value === "string") return secret ? [value] : [];
  if (value === null || typeof value !== "object") return [];
  if (isSecret(value)) return textsOf(value.value, true);
  return Object.values(value).flatMap((entry) => textsOf(entry, secret));
}
