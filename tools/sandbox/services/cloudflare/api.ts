/** Cloudflare's envelope, its errors, and the way a path finds its handler. */
import { z } from "zod";
import type { Call, Reply } from "../http";
import type { StateFile } from "../state";
import type { Authorities } from "./authority";
import type { Permission } from "./permissions";
import type { CloudflareState } from "./state";

export interface Zone {
  readonly id: string;
  readonly name: string;
  readonly status: "active" | "pending";
  readonly paused?: boolean;
  /** "partial": the DNS is elsewhere. @default "full" */
  readonly type?: string;
  /** SSL/TLS mode: off, flexible, full or strict. @default "strict" */
  readonly ssl?: string;
  /** Of another account, whose zone the token may see. */
  readonly accountId?: string;
}

export interface Context {
  readonly state: StateFile<CloudflareState>;
  readonly accountId: string;
  readonly zone: Zone;
  /** All of the account's, the first one included. */
  readonly zones: readonly Zone[];
  readonly authorities: Authorities;
  /** The token that stands for the account's owner and may do everything. */
  readonly ownerToken: string;
  /** Name of the Zero Trust organization; undefined: the account has none. */
  readonly teamName: string | undefined;
}

/** Who calls: the owner, or a token that was minted here. */
export type Caller = { readonly owner: true } | { readonly owner: false; readonly tokenId: string };

export interface RouteCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly caller: Caller;
  /** The request's body by the schema; what does not fit answers 400. */
  body<T>(schema: z.ZodType<T>): T;
}

export interface Route {
  /** undefined: any valid token. */
  readonly permission?: Permission;
  readonly handle: (call: RouteCall) => unknown;
}

/** `METHOD /path/:param` to what answers it. */
export type Routes = Readonly<Record<string, Route>>;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** A page of a list; handlers return it in place of a bare result. */
export class Page {
  constructor(readonly items: readonly unknown[]) {}
}

export function success(result: unknown, query: URLSearchParams): Reply {
  const envelope = { success: true, errors: [], messages: [] };
  if (!(result instanceof Page)) return { status: 200, body: { result, ...envelope } };
  const size = Math.max(1, Number(query.get("per_page") ?? 100));
  const page = Math.max(1, Number(query.get("page") ?? 1));
  const items = result.items.slice((page - 1) * size, page * size);
  const info = {
    page,
    per_page: size,
    count: items.length,
    total_count: result.items.length,
    total_pages: Math.ceil(result.items.length / size),
  };
  return { status: 200, body: { result: items, ...envelope, result_info: info } };
}

export function failure(status: number, code: number, message: string): Reply {
  return {
    status,
    body: { result: null, success: false, errors: [{ code, message }], messages: [] },
    // The clients repeat every 409; a name that is taken stays taken.
    headers: status === 409 ? { "x-should-retry": "false" } : {},
  };
}

/** Finds the route of a call, and the parameters in its path. */
export function match(
  routes: Routes,
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  const segments = path.split("/");
  for (const [pattern, route] of Object.entries(routes)) {
    const [verb, template = ""] = pattern.split(" ");
    const wanted = template.split("/");
    if (verb !== method || wanted.length !== segments.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, index) => {
      const given = segments[index] ?? "";
      if (!part.startsWith(":")) return part === given;
      params[part.slice(1)] = decodeURIComponent(given);
      return given !== "";
    });
    if (fits) return { route, params };
  }
  return undefined;
}

/** @throws ApiError naming the first field that is wrong. */
export function parseBody<T>(call: Call, schema: z.ZodType<T>): T {
  let given: unknown;
  try {
    given = JSON.parse(call.text === "" ? "{}" : call.text);
  } catch {
    throw new ApiError(400, 6007, "Malformed JSON in request body");
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  throw new ApiError(400, 1001, `Invalid request body: ${where ? `${where}: ` : ""}${issue?.message ?? ""}`);
}
