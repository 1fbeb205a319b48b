import { HandlerContext, Props, ResourceHandler, UserError } from "../plugin/handler";
import { InputError } from "../../manifests/files";
import { encrypt, SopsError } from "./sops";

interface Inputs {
  readonly path: string;
  readonly plaintext: string;
  readonly recipients: readonly string[];
}

/** The provider's side of `SopsFile`. */
export const sopsFileHandler: ResourceHandler = {
  computed: ["ciphertext"],

  async diff(_ctx, _id, olds, news) {
    const changed = ["path", "plaintext", "recipients"].filter(
      (name) => JSON.stringify(olds.inputs[name]) !== JSON.stringify(news[name]),
    );
    const detailed = Object.fromEntries(changed.map((name) => [name, "update" as const]));
    return Promise.resolve({ changes: changed.length > 0, detailed });
  },

  async create(ctx, news) {
    return { id: (news as unknown as Inputs).path, outputs: await encrypted(news, ctx) };
  },

  async update(ctx, _id, _olds, news) {
    return { outputs: await encrypted(news, ctx) };
  },

  async read(_ctx, id, olds) {
    return Promise.resolve({ id, ...olds });
  },

  async delete() {
    return Promise.resolve();
  },
};

async function encrypted(news: Props, waiting: HandlerContext): Promise<Props> {
  const { path, plaintext, recipients } = news as unknown as Inputs;
  const pathRegex = `^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;
  try {
    return {
      ...news,
      ciphertext: await encrypt({ path, plaintext }, { rules: [{ pathRegex, recipients }], waiting }),
    };
  } catch (error) {
    if (error instanceof SopsError || error instanceof InputError) throw new UserError(error.message);
    throw error;
  }
}
