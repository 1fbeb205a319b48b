import { isDeepStrictEqual } from "node:util";
import { hasUnknown, type Props, type ResourceHandler } from "../plugin/handler";

interface Inputs {
  readonly user: string;
  readonly password: string;
}

/** What htpasswd itself has by `-B`, doubled five times: nginx and Traefik ask for the password with each request. */
const COST = 10;
/** bcrypt looks at no more: https://www.usenix.org/legacy/events/usenix99/provos/provos.pdf */
const MOST_BYTES = 72;

/** The provider's side of `HtpasswdEntry`. */
export const htpasswdEntryHandler: ResourceHandler = {
  computed: ["entry"],
  secrets: ["entry"],

  async check(_ctx, news) {
    const { password } = inputsOf(news);
    const bytes = hasUnknown(password) ? 0 : Buffer.byteLength(password);
    const reason = `the password has ${String(bytes)} bytes: bcrypt takes ${String(MOST_BYTES)} at most`;
    return Promise.resolve({
      inputs: news,
      failures: bytes > MOST_BYTES ? [{ property: "password", reason }] : [],
    });
  },

  async diff(_ctx, _id, olds, news) {
    const changed = ["user", "password"].filter((name) => !isDeepStrictEqual(olds.inputs[name], news[name]));
    const detailed = Object.fromEntries(changed.map((name) => [name, "update" as const]));
    return Promise.resolve({ changes: changed.length > 0, detailed });
  },

  async create(_ctx, news) {
    return { id: inputsOf(news).user, outputs: await withEntry(news) };
  },

  async update(_ctx, _id, _olds, news) {
    return { outputs: await withEntry(news) };
  },

  async read(_ctx, id, olds) {
    return Promise.resolve({ id, ...olds });
  },

  async delete() {
    return Promise.resolve();
  },
};

/** With a salt of its own each time: it is made once for a password. */
async function withEntry(news: Props): Promise<Props> {
  const { user, password } = inputsOf(news);
  const { hash } = await import("bcryptjs");
  return { ...news, entry: `${user}:${await hash(password, COST)}` };
}

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}
