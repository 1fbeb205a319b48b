import type { DiffResult, HandlerContext, Props, ResourceHandler } from "./handler";

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

/** Calls of `pulumirpc.ResourceProvider` by name; each takes the request of its own name. */
export type Methods = Readonly<Record<string, (request: never) => Promise<unknown>>>;
