import { generateKeyPairSync } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { publicKeyOfPkcs8 } from "../../manifests/flux/git-secret";
import {
  type DiffKind,
  type HandlerContext,
  hasUnknown,
  type Props,
  type ResourceHandler,
  UserError,
} from "../plugin/handler";
import { deployKeys, type KeyHost, type RegisteredKey } from "./deploy-key-host";
import { GitError } from "./failure";
import { ownerOf } from "./converge";

interface Inputs extends KeyHost {
  readonly readOnly: boolean;
  readonly rotation: number;
  readonly stays?: boolean;
}

/** Another one of these is another key; the rest only says how the host is reached. */
const IDENTITY = ["url", "host", "readOnly", "rotation"] as const;
const ACCESS = ["apiUrl", "token", "ca", "proxy", "stays"] as const;

/**
 * The provider's side of `DeployKey`. The key pair is made here and its private half kept in the stack's state alone.
 * A key at the host under our title is the rest of a run that was killed before the engine noted it: nobody has its
 * private half, so it is removed.
 */
export const deployKeyHandler: ResourceHandler = {
  computed: ["keyId", "title", "publicKey", "privateKey"],
  secrets: ["privateKey"],

  async diff(_ctx, _id, olds, news) {
    const differs = (name: string): boolean => !isDeepStrictEqual(olds.inputs[name], news[name]);
    const replaces = IDENTITY.filter(differs);
    // Whether it stays isn't known in the preview of another Flux, and makes no other key.
    const updates = ACCESS.filter((name) => differs(name) && !hasUnknown(news[name]));
    return Promise.resolve({
      changes: replaces.length + updates.length > 0,
      replaces,
      // The new key is registered and used before the old one goes.
      deleteBeforeReplace: false,
      detailed: {
        ...named(replaces, "update-replace"),
        ...named(updates, "update"),
      },
    });
  },

  /** Another token makes no other key. */
  async preview(_ctx, news, olds) {
    return Promise.resolve({ ...olds?.outputs, ...news });
  },

  async create(ctx, news) {
    const inputs = news as unknown as Inputs;
    const title = titleOf(ctx, inputs);
    const pair = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const publicKey = publicKeyOfPkcs8(privateKey).trim();
    const { id } = await told(async () => {
      const host = await deployKeys(inputs);
      for (const rest of await host.list()) if (rest.title === title) await host.remove(String(rest.id));
      return await host.add(title, publicKey, inputs.readOnly);
    });
    return { id: String(id), outputs: { ...news, keyId: id, title, publicKey, privateKey } };
  },

  async update(_ctx, _id, olds, news) {
    return Promise.resolve({ outputs: { ...olds.outputs, ...news } });
  },

  async read(_ctx, id, olds) {
    if (hasUnknown(olds.inputs)) return { id, ...olds };
    const there = await told(async () => await (await deployKeys(inputsOf(olds.inputs))).has(id));
    return there ? { id, ...olds } : undefined;
  },

  async delete(ctx, id, olds) {
    const inputs = inputsOf(olds.inputs);
    await told(async () => {
      const host = await deployKeys(inputs);
      const next = (key: RegisteredKey): boolean =>
        String(key.id) !== id && key.title.startsWith(`${holderOf(ctx)} `);
      if (inputs.stays === true && !(await host.list()).some(next)) {
        ctx.info(`the deploy key "${titleOf(ctx, inputs)}" stays: Flux goes on reading by it`);
        return;
      }
      await host.remove(id);
    });
  },
};

function named(names: readonly string[], kind: DiffKind): Record<string, DiffKind> {
  return Object.fromEntries(names.map((name) => [name, kind]));
}

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}

/** Whose key it is; another rotation has another title, so that both are there while one takes over. */
function titleOf(ctx: HandlerContext, { readOnly, rotation }: Inputs): string {
  return `${holderOf(ctx)} ${String(rotation)} (${readOnly ? "read-only" : "read-write"})`;
}

/** What the titles of all our keys begin with. */
function holderOf(ctx: HandlerContext): string {
  const { stack, resource } = ownerOf(ctx);
  return `${stack} ${resource}`;
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof GitError ? new UserError(error.message) : error;
  }
}
