import type { Dispatcher } from "undici";
import { UserError } from "../plugin/handler";
import { exactJson } from "../http/exact-json";
import { mask } from "../http/mask";
import { isObject, kindOf } from "../../manifests/shape";
import { pageWords } from "../http/page-words";
import { retryAfter } from "../http/retry-after";
import { CloudflareRefusal, notUnderstood, successOf, type Answer, type Success } from "./answer";
import { BEAT, patiently, pause, type Waiting } from "../http/patience";

/** How Cloudflare is reached. */
export interface CloudflareAccess {
  /** @default the environment variable CLOUDFLARE_API_TOKEN */
  readonly apiToken?: string;
  /** Environment variable of today's token. @default "CLOUDFLARE_API_TOKEN" */
  readonly apiTokenVariable?: string;
  /** @default the environment variable CLOUDFLARE_BASE_URL, else Cloudflare's public API */
  readonly baseUrl?: string;
}

export interface ClientOptions {
  /**
   * Whose token is tried first. A run of the program gives today's; refresh and destroy have the one that the state
   * kept, and the environment may have a newer one: then the other one is tried when the first is refused.
   * @default "given", and the environment's only without one
   */
  readonly first?: "given" | "environment";
  /** Milliseconds between two words of a wait. */
  readonly beat?: number;
  /** Milliseconds after which a request without an answer is given up. @default 60 s */
  readonly timeout?: number;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** No answer: refused connections, a request that was cut or took too long. */
class Unanswered extends UserError {
  constructor(
    message: string,
    /** False when Cloudflare can't have seen the request. */
    readonly sent: boolean,
  ) {
    super(message);
  }
}

/** The answer is lost: what was asked for may have been done. Look before you ask again. */
export class AnswerLost extends UserError {}

const ATTEMPTS = 6;
/** Entries of a page, as many as every list takes. */
const PAGE = 50;
/** Who is to come back later than this is told so, instead of waiting. */
const LONGEST_PAUSE = 10 * 60_000;

/**
 * Requests to Cloudflare's API v4. They are repeated while the network or Cloudflare fails, a create only when it was
 * surely not done. No wait is silent, a cancel ends each at once, and no message has a token in it.
 */
export class CloudflareClient {
  private readonly tokens: string[];
  private readonly secrets: readonly string[];
  /** The state's token, where nobody has given today's. */
  private readonly kept: string | undefined;
  private readonly base: string;
  private readonly beat: number;
  private readonly timeout: number;
  private dispatcher: Dispatcher | undefined;

  constructor(
    private readonly waiting: Waiting,
    { apiToken, apiTokenVariable = "CLOUDFLARE_API_TOKEN", baseUrl }: CloudflareAccess,
    { first = "given", beat = BEAT, timeout = 60_000 }: ClientOptions = {},
  ) {
    const environment = process.env[apiTokenVariable] ?? process.env.CLOUDFLARE_API_TOKEN;
    const known = first === "environment" ? [environment, apiToken] : [apiToken ?? environment];
    this.tokens = [...new Set(known.filter((token) => token !== undefined && token !== ""))] as string[];
    if (this.tokens.length === 0) {
      throw new UserError(
        "no Cloudflare token: set apiToken, or the environment variable CLOUDFLARE_API_TOKEN",
      );
    }
    this.secrets = [...this.tokens];
    this.kept = first === "environment" && environment !== apiToken ? apiToken : undefined;
    const base = baseUrl ?? process.env.CLOUDFLARE_BASE_URL ?? "https://api.cloudflare.com/client/v4";
    this.base = base.replace(/\/+$/, "");
    this.beat = beat;
    this.timeout = timeout;
  }

  /**
   * The result of a request.
   * @param repeat false: what may have been done isn't sent again
   * @throws CloudflareRefusal when Cloudflare refuses, AnswerLost when it may have been done and isn't to be repeated,
   * UserError when there is no answer
   */
  async call<T>(method: Method, path: string, body?: object, repeat = method !== "POST"): Promise<T> {
    return (await this.patient(method, path, body, repeat)).result as T;
  }

  /** All objects of a list, page by page. */
  async list<T extends object>(path: string): Promise<T[]> {
    const entries = new Map<string, T>();
    for (let page = 1; ; page++) {
      const query = `${path.includes("?") ? "&" : "?"}page=${String(page)}&per_page=${String(PAGE)}`;
      const { result, pages } = await this.patient("GET", path + query, undefined, true);
      if (result !== null && result !== undefined && !Array.isArray(result))
        throw notUnderstood(`GET ${path}`, `is ${kindOf(result)} in place of a list`);
      const found = (result ?? []) as readonly unknown[];
      const known = entries.size;
      for (const entry of found)
        if (isObject(entry)) entries.set(JSON.stringify(entry.id ?? entry), entry as T);
      // A list that doesn't know of pages is the same one each time.
      const last = pages === undefined ? found.length < PAGE : page >= pages;
      if (last || entries.size === known) return [...entries.values()];
    }
  }

  private async patient(
    method: Method,
    path: string,
    body: object | undefined,
    repeat: boolean,
  ): Promise<Success> {
    for (let attempt = 1; ; attempt++) {
      const token = this.tokens[0] ?? "";
      try {
        return await this.once(method, path, body, token);
      } catch (error) {
        if (error instanceof CloudflareRefusal && error.unauthorized && this.next(token)) continue;
        if (!isPassing(error)) throw token === this.kept ? withTodays(error) : error;
        if (!repeat && mayBeDone(error)) throw new AnswerLost(error.message);
        const wait = waitAfter(error, attempt);
        if (attempt >= ATTEMPTS || wait > LONGEST_PAUSE) throw new UserError(whatNext(error.message, wait));
        await pause(this.waiting, wait, `${error.message}; asking again in`, this.beat);
      }
    }
  }

  /** Goes on to the next token after one that is refused. @returns false when there is none */
  private next(refused: string): boolean {
    // Another request may have gone on to it meanwhile.
    if (this.tokens[0] !== refused) return true;
    if (this.tokens.length === 1) return false;
    this.tokens.shift();
    return true;
  }

  private async once(
    method: Method,
    path: string,
    body: object | undefined,
    token: string,
  ): Promise<Success> {
    const answer = await this.send(method, path, body, token);
    const success = successOf(answer, `${method} ${path}`, this.secrets);
    if (success !== undefined) return success;
    const words = `Cloudflare can't be reached for ${method} ${path}: HTTP ${String(answer.status)}${pageWords(answer.text)}`;
    throw new Unanswered(mask(words, this.secrets), true);
  }

  private async send(method: Method, path: string, body: object | undefined, token: string): Promise<Answer> {
    // Loaded only by who asks. It goes by the proxy of the environment, as git does.
    const { EnvHttpProxyAgent, fetch } = await import("undici");
    const { signal } = this.waiting;
    const request = async (): Promise<Answer> => {
      const response = await fetch(`${this.base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "user-agent": "handoff",
        },
        body: body === undefined ? undefined : exactJson(body),
        dispatcher: (this.dispatcher ??= new EnvHttpProxyAgent()),
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.timeout)]),
      });
      const { status, headers } = response;
      return { status, retryAfter: retryAfter(headers), text: await response.text() };
    };
    try {
      return await patiently(
        this.waiting,
        (seconds) => `Cloudflare hasn't answered ${method} ${path} for ${String(seconds)} s`,
        request(),
        this.beat,
      );
    } catch (error) {
      signal.throwIfAborted();
      const { name, message, cause } = error as Error & { cause?: Error & { code?: string } };
      const what =
        name === "TimeoutError"
          ? `no answer within ${String(this.timeout / 1000)} s`
          : (cause?.message ?? message);
      throw new Unanswered(
        mask(`Cloudflare can't be reached for ${method} ${path}: ${what}`, this.secrets),
        !["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(cause?.code ?? ""),
      );
    }
  }
}

type Passing = CloudflareRefusal | Unanswered;

/**
 * A token that came from a file or the stack's configuration is known to the state alone while the program doesn't run,
 * and Cloudflare tells one that was revoked from one without a permission in no certain way.
 */
function withTodays(error: unknown): unknown {
  if (!(error instanceof CloudflareRefusal) || !error.unauthorized) return error;
  const { message, status, codes, retryAfter, byApi } = error;
  const advice =
    "→ This is the token of the last `up`, which the state keeps. If it isn't good any more, put the one that is into the environment as CLOUDFLARE_API_TOKEN, too, and let the program run: `pulumi refresh --run-program`, `pulumi destroy --run-program`.";
  return new CloudflareRefusal(`${message}\n${advice}`, status, codes, retryAfter, byApi);
}

/** What may work a moment later. */
function isPassing(error: unknown): error is Passing {
  if (error instanceof Unanswered) return true;
  return (
    error instanceof CloudflareRefusal && (error.status >= 500 || [408, 425, 429].includes(error.status))
  );
}

function mayBeDone(error: Passing): boolean {
  return error instanceof Unanswered ? error.sent : error.status !== 429;
}

function waitAfter(error: Passing, attempt: number): number {
  const asked = error instanceof CloudflareRefusal ? error.retryAfter : undefined;
  // A date may be over by the clock here.
  return Math.max(asked ?? 0, Math.min(8_000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2));
}

function whatNext(message: string, wait: number): string {
  const when = wait > LONGEST_PAUSE ? ` in ${String(Math.ceil(wait / 60_000))} minutes` : "";
  return `${message}\n→ Check the network and https://www.cloudflarestatus.com, then run the same command again${when}.`;
}
