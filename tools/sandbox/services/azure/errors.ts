/** The error envelope that Azure Resource Manager and Key Vault share. */
import { z } from "zod";
import type { Call, Reply } from "../http";

export class AzureError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Key Vault puts the precise reason here. */
    readonly inner?: string,
  ) {
    super(message);
  }

  reply(): Reply {
    const inner = this.inner ? { innererror: { code: this.inner } } : {};
    const body = { error: { code: this.code, message: this.message, ...inner } };
    return { status: this.status, body, headers: { "x-ms-error-code": this.code } };
  }
}

/** @throws AzureError naming the first field that does not fit. */
export function parseBody<T>(call: Call, schema: z.ZodType<T>): T {
  let given: unknown;
  try {
    given = JSON.parse(call.text === "" ? "{}" : call.text);
  } catch {
    throw new AzureError(400, "InvalidRequestContent", "The request content is not valid JSON.");
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AzureError(400, "BadRequest", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

export function requireApiVersion(call: Call, resource: string): void {
  if (call.query.get("api-version")) return;
  throw new AzureError(
    400,
    "MissingApiVersionParameter",
    `The api-version query parameter (?api-version=) is required for all requests (${resource}).`,
  );
}
