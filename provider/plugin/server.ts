import { setMaxListeners } from "node:events";
import { isDeepStrictEqual } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  DiffKind,
  DiffResult,
  HandlerContext,
  PartialError,
  Props,
  ResourceHandler,
  Secrecy,
  State,
  UNKNOWN,
  UserError,
} from "./handler";
import { attended, type AttendedContext } from "./attendance";
import { rpcError } from "./errors";
import { endWithParent } from "./parent";
import { KnownSecrets } from "./secrets";
import { fromStruct, toStruct } from "./wire";

/** A provider plugin: its resource types by token, such as `handoff:git:GitCommit`. */
export interface ProviderOptions {
  readonly name: string;
  readonly version: string;
  readonly resources:
    Readonly<Record<string, ResourceHandler>> | ((type: string) => ResourceHandler | undefined);
  /** Functions by token, such as `cloudflare:index/getZone:getZone`. */
  readonly functions?: Readonly<Record<string, (args: Props, ctx: HandlerContext) => Promise<Props>>>;
  /** Names of the provider's own settings; any other is refused before anything is done. */
  readonly settings?: readonly string[];
  /** What other settings mean; without it they replace nothing. */
  readonly diffSettings?: (olds: Props, news: Props) => DiffResult;
  /** Takes the provider's own settings, once, before anything else is asked of it. */
  readonly configure?: (args: Props) => Promise<void> | void;
}

const DIFF_KINDS: Readonly<Record<DiffKind, rpc.PropertyDiff.Kind>> = {
  add: rpc.PropertyDiff.Kind.ADD,
  "add-replace": rpc.PropertyDiff.Kind.ADD_REPLACE,
  delete: rpc.PropertyDiff.Kind.DELETE,
  "delete-replace": rpc.PropertyDiff.Kind.DELETE_REPLACE,
  update: rpc.PropertyDiff.Kind.UPDATE,
  "update-replace": rpc.PropertyDiff.Kind.UPDATE_REPLACE,
};

type Unary<Request, Response> = (request: Request, signal: AbortSignal) => Promise<Response>;

/**
 * Serves a provider to the Pulumi engine: listens on a free loopback port, prints it, and answers until the
 * engine ends the process. The wire protocol is `pulumirpc.ResourceProvider` (proto/pulumi/provider.proto).
 *
 * The server asks for secret wrappers, so as to know what no message may show. A handler sees plain values only, and
 * what it gives back under the name of a secret property is marked as secret, as the engine does for other providers
 * (pkg/resource/plugin, annotateSecrets).
 */
export async function serve(options: ProviderOptions, argv = process.argv.slice(2)): Promise<void> {
  const engineAddress = argv.find((argument) => !argument.startsWith("-"));
  const channel = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
  const engine =
    engineAddress === undefined
      ? undefined
      : new EngineClient(engineAddress, grpc.credentials.createInsecure(), channel);
  const cancellation = new AbortController();
  // Everything that is under way listens to it.
  setMaxListeners(0, cancellation.signal);

  const handler = (urn: string): ResourceHandler => {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const { resources } = options;
    const found = typeof resources === "function" ? resources(type) : resources[type];
    if (found === undefined) {
      if (typeof resources === "function") {
        throw new UserError(`${options.name} has no resource type '${type}'`);
      }
      const known = Object.keys(resources).sort().join(", ");
      throw new UserError(`${options.name} has no resource type '${type}'; it has ${known}`);
    }
    return found;
  };

  const secrets = new KnownSecrets();
  const context = (urn: string): AttendedContext => {
    const heard: AttendedContext["heard"] = { at: Date.now(), status: undefined };
    const log = (severity: LogSeverity, message: string, ephemeral: boolean): void => {
      heard.at = Date.now();
      if (ephemeral) heard.status = message;
      const request = new LogRequest();
      request.setSeverity(severity);
      request.setMessage(secrets.mask(message));
      request.setUrn(urn);
      request.setEphemeral(ephemeral);
      engine?.log(request, () => undefined);
    };
    return {
      urn,
      heard,
      signal: cancellation.signal,
      status: (message) => {
        log(LogSeverity.INFO, message, true);
      },
      info: (message) => {
        log(LogSeverity.INFO, message, false);
      },
      warn: (message) => {
        log(LogSeverity.WARNING, message, false);
      },
    };
  };
  /** Calls a handler, which is neither silent for long nor deaf to a cancel. */
  const ask = <T>(urn: string, call: (ctx: HandlerContext) => Promise<T>): Promise<T> => {
    const ctx = context(urn);
    return attended(ctx, call(ctx));
  };

  const state = (inputs: Struct | undefined, outputs: Struct | undefined): State => ({
    inputs: fromStruct(inputs),
    outputs: fromStruct(outputs),
  });

  async function previewed(
    ctx: HandlerContext,
    resource: ResourceHandler,
    news: Props,
    secret: Secrecy,
    olds?: State,
  ): Promise<Struct> {
    const outputs = (await resource.preview?.(ctx, news, olds)) ?? news;
    const unknown = resource.computed
      .filter((name) => !(name in outputs))
      .map((name) => [name, UNKNOWN] as const);
    return toStruct({ ...outputs, ...Object.fromEntries(unknown) }, secret);
  }

  /** What of a handler's answer is secret: its own, and what has the place of a secret that it was given. */
  const secrecy = (names: readonly string[] = [], ...like: readonly (Struct | undefined)[]): Secrecy => {
    secrets.learn(...like);
    return { names, like };
  };

  const methods: Record<string, Unary<never, unknown>> = {
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
      secrets.learn(request.getArgs());
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
      secrets.learn(request.getArgs());
      response.setReturn(toStruct(await ask("", (ctx) => call(fromStruct(request.getArgs()), ctx))));
      return response;
    },
    async check(request: rpc.CheckRequest) {
      const news = fromStruct(request.getNews());
      const olds = request.hasOlds() ? fromStruct(request.getOlds()) : undefined;
      const resource = handler(request.getUrn());
      const secret = secrecy([], request.getNews());
      secrets.learn(request.getOlds());
      const result = await ask(request.getUrn(), (ctx) => Promise.resolve(resource.check?.(ctx, news, olds)));
      const response = new rpc.CheckResponse();
      response.setInputs(toStruct(result?.inputs ?? news, secret));
      for (const { property, reason } of result?.failures ?? []) {
        const failure = new rpc.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        response.addFailures(failure);
      }
      return response;
    },
    async diff(request: rpc.DiffRequest) {
      const resource = handler(request.getUrn());
      const olds = state(request.getOldInputs(), request.getOlds());
      secrets.learn(request.getOldInputs(), request.getOlds(), request.getNews());
      const result = await ask(request.getUrn(), (ctx) =>
        resource.diff(ctx, request.getId(), olds, fromStruct(request.getNews())),
      );
      const response = new rpc.DiffResponse();
      const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
      response.setChanges(result.changes ? DIFF_SOME : DIFF_NONE);
      response.setReplacesList([...(result.replaces ?? [])]);
      response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
      if (result.detailed !== undefined) {
        response.setHasdetaileddiff(true);
        for (const [path, kind] of Object.entries(result.detailed)) {
          const difference = new rpc.PropertyDiff();
          difference.setKind(DIFF_KINDS[kind]);
          difference.setInputdiff(true);
          response.getDetaileddiffMap().set(path, difference);
        }
        response.setDiffsList([
          ...new Set(Object.keys(result.detailed).map((path) => path.split(/[.[]/)[0] ?? path)),
        ]);
      }
      return response;
    },
    async create(request: rpc.CreateRequest) {
      const resource = handler(request.getUrn());
      const news = fromStruct(request.getProperties());
      const secret = secrecy(resource.secrets, request.getProperties());
      const response = new rpc.CreateResponse();
      if (request.getPreview()) {
        const shown = ask(request.getUrn(), (ctx) => previewed(ctx, resource, news, secret));
        response.setProperties(await shown);
        return response;
      }
      const created = await ask(request.getUrn(), (ctx) => resource.create(ctx, news)).catch(
        withSecrets(secret),
      );
      response.setId(created.id);
      response.setProperties(toStruct(created.outputs, secret));
      return response;
    },
    async update(request: rpc.UpdateRequest) {
      const resource = handler(request.getUrn());
      const news = fromStruct(request.getNews());
      const olds = state(request.getOldInputs(), request.getOlds());
      const secret = secrecy(resource.secrets, request.getNews());
      secrets.learn(request.getOldInputs(), request.getOlds());
      const response = new rpc.UpdateResponse();
      const work = async (ctx: HandlerContext): Promise<Struct> =>
        request.getPreview()
          ? await previewed(ctx, resource, news, secret, olds)
          : toStruct((await resource.update(ctx, request.getId(), olds, news)).outputs, secret);
      response.setProperties(await ask(request.getUrn(), work).catch(withSecrets(secret)));
      return response;
    },
    async read(request: rpc.ReadRequest) {
      const resource = handler(request.getUrn());
      const olds = state(request.getInputs(), request.getProperties());
      const secretInputs = secrecy([], request.getInputs());
      const secret = secrecy(resource.secrets, request.getInputs(), request.getProperties());
      const found = await ask(request.getUrn(), (ctx) => resource.read(ctx, request.getId(), olds));
      const response = new rpc.ReadResponse();
      if (found !== undefined) {
        response.setId(found.id);
        response.setInputs(toStruct(found.inputs, secretInputs));
        response.setProperties(toStruct(found.outputs, secret));
      }
      return response;
    },
    async delete(request: rpc.DeleteRequest) {
      const resource = handler(request.getUrn());
      const olds = state(request.getOldInputs(), request.getProperties());
      secrets.learn(request.getOldInputs(), request.getProperties());
      await ask(request.getUrn(), (ctx) => resource.delete(ctx, request.getId(), olds));
      return new Empty();
    },
    async cancel() {
      cancellation.abort(new UserError("the operation was cancelled"));
      return Promise.resolve(new Empty());
    },
  };

  const unary =
    (method: Unary<never, unknown>): grpc.handleUnaryCall<never, unknown> =>
    (call, callback) => {
      method(call.request, cancellation.signal).then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(rpcError(error, (text) => secrets.mask(text)));
        },
      );
    };
  // Each method takes the request of its own name, which the generated definition guarantees.
  const implementation = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, unary(method)]),
  ) as grpc.UntypedServiceImplementation;
  const server = new grpc.Server(channel);
  server.addService(ResourceProviderService, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  endWithParent(() => {
    cancellation.abort(new UserError("the Pulumi engine is gone"));
  });
  // The engine reads the port from the first line of standard output.
  process.stdout.write(`${String(port)}\n`);
}

function withSecrets(secret: Secrecy): (error: unknown) => never {
  return (error) => {
    if (error instanceof PartialError) error.secrets = secret;
    throw error;
  };
}
