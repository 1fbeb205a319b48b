import { setMaxListeners } from "node:events";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { printable } from "../http/printable";
import { attended, type AttendedContext } from "./attendance";
import { UserError, type HandlerContext, type ResourceHandler, type Secrecy } from "./handler";
import type { ProviderOptions } from "./options";
import { Places } from "./places";
import { KnownSecrets } from "./secrets";

/** What all calls of one engine share: its end, the secrets that it told, what its program has, and the way to its log. */
export class Session {
  readonly secrets = new KnownSecrets();
  readonly places = new Places();
  private readonly cancellation = new AbortController();

  /** @param engine none when the plugin runs without one, as `pulumi plugin` may start it */
  constructor(
    readonly options: ProviderOptions,
    private readonly engine: EngineClient | undefined,
  ) {
    // Everything that is under way listens to it.
    setMaxListeners(0, this.signal);
  }

  get signal(): AbortSignal {
    return this.cancellation.signal;
  }

  /** Ends everything that is under way. */
  cancel(reason: string): void {
    this.cancellation.abort(new UserError(reason));
  }

  /** @throws UserError when the provider has no such type */
  handler(urn: string): ResourceHandler {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const { name, resources } = this.options;
    const found = typeof resources === "function" ? resources(type) : resources[type];
    if (found !== undefined) return found;
    const known = typeof resources === "function" ? undefined : Object.keys(resources).sort().join(", ");
    throw new UserError(
      `${name} has no resource type '${type}'${known === undefined ? "" : `; it has ${known}`}`,
    );
  }

  /** Calls a handler, which is neither silent for long nor deaf to a cancel. */
  ask<T>(urn: string, call: (ctx: HandlerContext) => Promise<T>): Promise<T> {
    const ctx = this.context(urn);
    return attended(ctx, call(ctx));
  }

  /** What of a handler's answer is secret: its own, and what has the place of a secret that it was given. */
  secrecy(names: readonly string[] = [], ...like: readonly (Struct | undefined)[]): Secrecy {
    this.secrets.learn(...like);
    return { names, like };
  }

  private context(urn: string): AttendedContext {
    const heard: AttendedContext["heard"] = { at: Date.now(), status: undefined };
    const log = (severity: LogSeverity, message: string, ephemeral: boolean): void => {
      heard.at = Date.now();
      if (ephemeral) heard.status = message;
      const request = new LogRequest();
      request.setSeverity(severity);
      request.setMessage(this.secrets.mask(printable(message)));
      request.setUrn(urn);
      request.setEphemeral(ephemeral);
      this.engine?.log(request, () => undefined);
    };
    return {
      urn,
      heard,
      signal: this.signal,
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
  }
}
