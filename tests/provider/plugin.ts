/** A plugin as small as can be, that started-plugin.ts starts as the engine would. */
import { PartialError, UserError, type HandlerContext, type Props } from "../../provider/plugin/handler";
import { serve } from "../../provider/plugin/server";

async function make(ctx: HandlerContext, { mode, ...news }: Props): Promise<Props> {
  const outputs = { ...news, size: 1, token: "canary" };
  switch (mode) {
    case "refused":
      throw new UserError("the host said no\n→ ask it again");
    case "bug":
      throw new TypeError("x is undefined");
    case "partial":
      throw new PartialError("made, but not well", "thing-id", outputs);
    case "echo":
      ctx.info(`asked with ${String(news.password)}`);
      throw new UserError(`the host doesn't like Bearer ${String(news.password)}`);
    case "deaf":
      ctx.status("waiting");
      return await new Promise(() => undefined);
    case "slow":
      ctx.status("waiting");
      return await new Promise((_, reject) => {
        ctx.signal.addEventListener("abort", () => {
          reject(ctx.signal.reason as Error);
        });
      });
    default:
      ctx.info("made");
      ctx.warn("a warning");
      return outputs;
  }
}

void serve({
  name: "test",
  version: "1.2.3",
  settings: ["endpoint"],
  functions: { "test:index:echo": (args) => Promise.resolve({ echo: args }) },
  resources: {
    "test:index:Thing": {
      computed: ["size", "token"],
      secrets: ["token"],
      check: (_ctx, news) =>
        Promise.resolve({
          inputs: { ...news, checked: true },
          failures: news.name === "" ? [{ property: 'files["a.yaml"]', reason: "it is empty" }] : undefined,
        }),
      diff: (_ctx, _id, olds, news) =>
        Promise.resolve({
          changes: olds.inputs.name !== news.name,
          replaces: ["name"],
          deleteBeforeReplace: true,
          detailed: {
            name: "update-replace",
            'files["a.b"]': "add",
            "files.c": "delete",
            "list[0]": "update",
            added: "add-replace",
            gone: "delete-replace",
          },
        }),
      preview: (_ctx, news, olds) =>
        Promise.resolve({ ...news, ...(olds !== undefined && { size: olds.outputs.size }) }),
      create: async (ctx, news) => ({ id: "thing-id", outputs: await make(ctx, news) }),
      update: async (ctx, _id, _olds, news) => ({ outputs: await make(ctx, news) }),
      read: (_ctx, id, olds) => Promise.resolve(id === "gone" ? undefined : { id, ...olds }),
      delete: (_ctx, id) => (id === "" ? Promise.reject(new UserError("no id")) : Promise.resolve()),
    },
    "test:index:Plain": {
      computed: ["size"],
      diff: () => Promise.resolve({ changes: false }),
      create: (_ctx, news) => Promise.resolve({ id: "plain-id", outputs: news }),
      update: (_ctx, _id, _olds, news) => Promise.resolve({ outputs: news }),
      read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),
      delete: () => Promise.resolve(),
    },
  },
});
