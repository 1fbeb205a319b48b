import { UserError } from "../plugin/handler";
import { mask } from "../http/mask";
import { isObject, kindOf, objectsIn } from "../../manifests/shape";
import { parseExactly } from "../http/exact-json";
import { pageWords } from "../http/page-words";

/** Cloudflare's refusal, in its words and with its codes. */
export class CloudflareRefusal extends UserError {
  constructor(
    message: string,
    readonly status: number,
    readonly codes: readonly number[],
    /** Milliseconds after which Cloudflare wants to be asked again. */
    readonly retryAfter?: number,
    /** False of a page of somebody on the way, or of Cloudflare's own firewall: it says nothing of what was asked for. */
    readonly byApi = true,
  ) {
    super(message);
  }

  /** True when the token isn't taken, or may not do this. */
  get unauthorized(): boolean {
    if (!this.byApi) return false;
    return [401, 403].includes(this.status) || this.codes.some((code) => INVALID_TOKEN.includes(code));
  }

  /** True when the token is good for other addresses than that of this machine. */
  get elsewhere(): boolean {
    return this.byApi && /\blocation\b|\bIP address/i.test(this.message);
  }

  /** True when the API says that there is no such thing. */
  get missing(): boolean {
    return this.byApi && this.status === 404;
  }
}

/** "Invalid request headers", "Invalid format for Authorization header", "Invalid access token", "Authentication error". */
const INVALID_TOKEN = [6003, 6111, 9109, 10000];

/** "Could not route to …, perhaps your object identifier is invalid?": no such zone or account, for this token. */
const NO_ROUTE = 7003;

/** True when the token doesn't see what was asked for, such as a zone that has moved to another account. */
export function isUnseen(error: unknown): error is CloudflareRefusal {
  return error instanceof CloudflareRefusal && (error.unauthorized || error.codes.includes(NO_ROUTE));
}

/** What isn't there is none. @throws CloudflareRefusal for any other refusal */
export function unlessMissing(error: unknown): undefined {
  if (error instanceof CloudflareRefusal && error.missing) return undefined;
  throw error;
}

/** What came back of a request. */
export interface Answer {
  readonly status: number;
  /** Milliseconds after which Cloudflare wants to be asked again. */
  readonly retryAfter: number | undefined;
  readonly text: string;
}

/** What the API says of a request that it has done. */
export interface Success {
  readonly result: unknown;
  /** Pages of a list, where they are told. */
  readonly pages: number | undefined;
}

/**
 * Reads an answer by the API's envelope, `{success, errors, result, result_info}`.
 * @param what the request, for messages
 * @returns undefined for what isn't the API's, though it has a status of success: a login page of the network, say
 * @throws CloudflareRefusal
 */
export function successOf(
  { status, retryAfter, text }: Answer,
  what: string,
  secrets: readonly string[],
): Success | undefined {
  const ok = status >= 200 && status < 300;
  const envelope = envelopeOf(text);
  if (ok && envelope !== undefined && envelope.success !== false) {
    const pages = isObject(envelope.result_info) ? envelope.result_info.total_pages : undefined;
    return { result: envelope.result, pages: typeof pages === "number" ? pages : undefined };
  }
  if (status === 204) return { result: undefined, pages: undefined };
  if (ok && envelope === undefined) return undefined;
  const faults = faultsIn(envelope?.errors);
  const words =
    envelope === undefined
      ? pageWords(text)
      : faults.map(({ code, message }) => `, ${message} (${String(code ?? "?")})`).join("");
  const codes = faults.flatMap(({ code }) => code ?? []);
  const message = mask(`Cloudflare refused ${what}: HTTP ${String(status)}${words}`, secrets);
  throw new CloudflareRefusal(message, status, codes, retryAfter, envelope !== undefined);
}

/** A proxy, and Cloudflare's own edge, may answer with a page. */
function envelopeOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed = parseExactly(text);
    const isEnvelope = isObject(parsed) && ["success", "errors", "result"].some((field) => field in parsed);
    return isEnvelope ? parsed : undefined;
  } catch {
    return undefined;
  }
}

interface Fault {
  readonly code: number | undefined;
  readonly message: string;
}

/** Errors, with those that caused them. */
function faultsIn(errors: unknown): Fault[] {
  return objectsIn(errors).flatMap(({ code, message, error_chain }) => [
    {
      code: Number.isNaN(Number(code ?? NaN)) ? undefined : Number(code),
      message: typeof message === "string" ? message : "?",
    },
    ...faultsIn(error_chain),
  ]);
}

/**
 * A result that has to be an object.
 * @param what it is, for messages
 * @throws UserError for anything else, which isn't repeated: it may be secret
 */
export function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw notUnderstood(what, `is ${kindOf(value)} in place of an object`);
}

/** What Cloudflare says in a way that its documentation doesn't tell: nothing may be concluded from it. */
export function notUnderstood(what: string, how: string): UserError {
  return new UserError(
    `Cloudflare's answer isn't understood: ${what} ${how}\n→ Nothing was changed by it. Run the same command again; if it stays so, the API has changed, and this program has to follow.`,
  );
}
