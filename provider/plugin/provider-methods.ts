import { isDeepStrictEqual } from "node:util";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { UserError } from "./handler";
import type { Methods } from "./options";
import type { Session } from "./session";
import { fromStruct, toStruct } from "./wire";

/** What the engine asks of the provider itself: its settings and its functions. */
export function providerMethods(session: Session): Methods {
  const { options } = session;
  return {
    async getPluginInfo() {
      const response = new PluginInfo();
      response.setVersion(options.version);
      return Promise.resolve(response);
    },
    async getSchema() {
      const response = new rpc.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: options.name, version: options.version }));
      return Promise.resolve(response);
    },
    async checkConfig(request: rpc.CheckRequest) {
      const response = new rpc.CheckResponse();
      response.setInputs(request.getNews());
      // The engine adds `version` and its like by itself.
      const known = [...(options.settings ?? []), "version", "pluginDownloadURL", "__internal"];
      for (const name of Object.keys(fromStruct(request.getNews()))) {
        if (options.settings === undefined || known.includes(name)) continue;
        const failure = new rpc.CheckFailure();
        failure.setProperty(name);
        failure.setReason(
          `${options.name} doesn't know this setting; it knows ${[...options.settings].sort().join(", ") || "none"}`,
        );
        response.addFailures(failure);
      }
      return Promise.resolve(response);
    },
    async diffConfig(request: rpc.DiffRequest) {
      const response = new rpc.DiffResponse();
      const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
      const [olds, news] = [fromStruct(request.getOldInputs()), fromStruct(request.getNews())];
      // Told of a change, the engine configures the provider with the new settings.
      const found = options.diffSettings?.(olds, news) ?? { changes: !isDeepStrictEqual(olds, news) };
      response.setChanges(found.changes ? DIFF_SOME : DIFF_NONE);
      response.setReplacesList([...(found.replaces ?? [])]);
      return Promise.resolve(response);
    },
    async configure(request: rpc.ConfigureRequest) {
      session.secrets.learn(request.getArgs());
      await options.configure?.(fromStruct(request.getArgs()));
      const response = new rpc.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    },
    async invoke(request: rpc.InvokeRequest) {
      const call = options.functions?.[request.getTok()];
      if (call === undefined) {
        const known =
          Object.keys(options.functions ?? {})
            .sort()
            .join(", ") || "none";
        throw new UserError(`${options.name} has no function '${request.getTok()}'; it has ${known}`);
      }
      const response = new rpc.InvokeResponse();
      session.secrets.learn(request.getArgs());
      response.setReturn(toStruct(await session.ask("", (ctx) => call(fromStruct(request.getArgs()), ctx))));
      return response;
    },
  };
}
