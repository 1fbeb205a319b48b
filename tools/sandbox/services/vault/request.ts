/** A request as Vault sees it, and its answers: https://developer.hashicorp.com/vault/api-docs */
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { milliseconds } from "../controllers/conditions";
import type { Call, Reply } from "../http";

export type Operation = "read" | "list" | "write" | "patch" | "delete";

export interface VaultRequest {
  readonly operation: Operation;
  /** Below /v1/, without a slash at its end. */
  readonly path: string;
  readonly body: unknown;
  readonly query: URLSearchParams;
}

/** An answer of Vault other than success. Without words it is `{"errors": []}`. */
export class VaultError extends Error {
  private readonly errors: readonly string[];

  constructor(
    private readonly status: number,
    ...errors: readonly string[]
  ) {
    super(errors.join("; "));
    this.errors = errors;
  }

  reply(): Reply {
    return { status: this.status, body: { errors: this.errors } };
  }
}

export const notFound = (): VaultError => new VaultError(404);
export const denied = (): VaultError => new VaultError(403, "1 error occurred:\n\t* permission denied\n\n");
export const unsupportedOperation = (): VaultError =>
  new VaultError(405, "1 error occurred:\n\t* unsupported operation\n\n");

/** @throws VaultError for a method or a body that is none. */
export function parseRequest(call: Call): VaultRequest {
  const path = decodeURIComponent(call.path)
    .replace(/^\/v1\//, "")
    .replace(/\/+$/, "");
  return { operation: operationOf(call), path, body: bodyOf(call.text), query: call.query };
}

/** A list is GET with `list=true`, as Vault's own client sends it: Node's server doesn't take the method LIST. */
function operationOf({ method, query }: Call): Operation {
  switch (method) {
    case "GET":
    case "HEAD":
      return query.get("list") === "true" ? "list" : "read";
    case "POST":
    case "PUT":
      return "write";
    case "PATCH":
      return "patch";
    case "DELETE":
      return "delete";
    default:
      throw new VaultError(405);
  }
}

function bodyOf(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    // The parser's words quote the text, which is secret.
    throw new VaultError(400, "error parsing JSON");
  }
}

/** The body by a schema. @throws VaultError that names the fields, never what they hold. */
export function parseBody<T extends z.ZodType>({ body }: VaultRequest, schema: T): z.output<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
  throw new VaultError(400, `error converting input: ${fields.join("; ")}`);
}

interface More {
  readonly auth?: object;
  readonly warnings?: readonly string[];
  readonly mountType?: string;
}

/** Vault's envelope. */
export function answer(data: object | null, { auth, warnings, mountType }: More = {}): Reply {
  const body = {
    request_id: randomUUID(),
    lease_id: "",
    renewable: false,
    lease_duration: 0,
    data,
    wrap_info: null,
    warnings: warnings ?? null,
    auth: auth ?? null,
    mount_type: mountType ?? "",
  };
  return { status: 200, body };
}

export const done: Reply = { status: 204 };

/** Seconds of a duration: a number of them, or as `1h30m`. @throws VaultError */
export function seconds(value: string | number | undefined): number {
  if (value === undefined || value === "") return 0;
  if (typeof value === "number" || /^\d+$/.test(value)) return Number(value);
  try {
    return Math.floor(milliseconds(value) / 1000);
  } catch (error) {
    throw new VaultError(400, error instanceof Error ? error.message : String(error));
  }
}
