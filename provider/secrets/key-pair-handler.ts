import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { KeyKind } from "../../manifests/secrets/credential-kind";
import { hasUnknown, type CheckFailure, type Props, type ResourceHandler } from "../plugin/handler";
import { KEYS } from "./keys";

interface Inputs {
  readonly kind: KeyKind;
  readonly existing?: string;
}

/** A change of these makes another pair. */
const IDENTITY = ["kind", "keepers", "existing"];

/** The provider's side of `KeyPair`. */
export const keyPairHandler: ResourceHandler = {
  computed: ["privateKey", "publicKey"],
  secrets: ["privateKey"],

  async check(_ctx, news) {
    return { inputs: news, failures: await faultsOf(news) };
  },

  async diff(_ctx, _id, olds, news) {
    const replaces = IDENTITY.filter((name) => !isDeepStrictEqual(olds.inputs[name], news[name]));
    const detailed = Object.fromEntries(replaces.map((name) => [name, "update-replace" as const]));
    return Promise.resolve({ changes: replaces.length > 0, replaces, deleteBeforeReplace: false, detailed });
  },

  async create(_ctx, news) {
    const { kind, existing } = inputsOf(news);
    const privateKey = existing === undefined ? await KEYS[kind].generate() : KEYS[kind].asFile(existing);
    const publicKey = await KEYS[kind].publicOf(privateKey);
    const id = createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
    return { id, outputs: { ...news, privateKey, publicKey } };
  },

  async update(_ctx, _id, olds, news) {
    return Promise.resolve({ outputs: { ...olds.outputs, ...news } });
  },

  // Nothing but the state holds it.
  async read(_ctx, id, olds) {
    return Promise.resolve({ id, ...olds });
  },

  async delete() {
    return Promise.resolve();
  },
};

async function faultsOf(news: Props): Promise<CheckFailure[]> {
  const { kind, existing } = inputsOf(news);
  if (existing === undefined || hasUnknown([kind, existing])) return [];
  try {
    await KEYS[kind].publicOf(KEYS[kind].asFile(existing));
    return [];
  } catch {
    // Without the library's words, which may hold a piece of it.
    return [{ property: "existing", reason: `the given key can't be read: ${KEYS[kind].shape} is needed` }];
  }
}

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}
