/** How a resource type takes a PUT. */
import type { z } from "zod";
import { AzureError } from "./errors";
import type { ResourceId } from "./resource-id";
import type { AzureState, Resource } from "./state";

export interface TypeContext {
  readonly state: AzureState;
  readonly tenantId: string;
  /** Where the vault's data plane is served. */
  readonly vaultUri: (name: string) => string;
}

type Content = Pick<Resource, "location" | "tags" | "properties">;
export type Put = (given: unknown, id: ResourceId, context: TypeContext, before?: Resource) => Content;

export function parse<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  const code = where === "location" ? "LocationRequired" : "BadRequest";
  throw new AzureError(400, code, `The property "${where}": ${issue?.message ?? ""}`);
}
