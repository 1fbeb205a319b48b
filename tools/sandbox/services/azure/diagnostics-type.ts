/** What Resource Manager accepts of a diagnostic setting. */
import { z } from "zod";
import { AzureError } from "./errors";
import { parse, type Put } from "./put";

const log = z
  .object({
    category: z.string().optional(),
    categoryGroup: z.string().optional(),
    enabled: z.boolean(),
  })
  .refine(({ category, categoryGroup }) => (category === undefined) !== (categoryGroup === undefined), {
    error: "takes either category or categoryGroup",
  });
const setting = z.object({
  properties: z
    .object({
      workspaceId: z.string().optional(),
      storageAccountId: z.string().optional(),
      logs: z.array(log).default([]),
    })
    .refine(({ workspaceId, storageAccountId }) => (workspaceId ?? storageAccountId) !== undefined, {
      error: "At least one data sink needs to be specified.",
    }),
});

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  audit: ["AuditEvent"],
  allLogs: ["AuditEvent", "AzurePolicyEvaluationDetails"],
};

interface Sent {
  readonly sinks: readonly string[];
  readonly categories: readonly string[];
}

function sentBy({ workspaceId, storageAccountId, logs }: z.output<typeof setting>["properties"]): Sent {
  return {
    sinks: [workspaceId, storageAccountId]
      .filter((sink) => sink !== undefined)
      .map((sink) => sink.toLowerCase()),
    categories: logs
      .filter(({ enabled }) => enabled)
      .flatMap(({ category, categoryGroup }) =>
        category === undefined ? (GROUPS[categoryGroup ?? ""] ?? []) : [category],
      ),
  };
}

/** A category goes to one place by one setting, and a resource has five settings at most. */
export const putDiagnostics: Put = (given, id, { state }, before) => {
  const { properties } = parse(setting, given);
  const siblings = Object.values(state.resources).filter(
    (other) =>
      other !== before &&
      other.type === id.type &&
      other.id.toLowerCase().startsWith(`${id.scope.toLowerCase()}/providers/`),
  );
  const own = sentBy(properties);
  for (const other of siblings) {
    const theirs = sentBy(other.properties as z.output<typeof setting>["properties"]);
    const sink = own.sinks.find((one) => theirs.sinks.includes(one));
    const category = own.categories.find((one) => theirs.categories.includes(one));
    if (sink === undefined || category === undefined) continue;
    throw new AzureError(
      409,
      "Conflict",
      `Data sink '${sink}' is already used in diagnostic setting '${other.name}' for category '${category}'. ` +
        "Data sinks can't be reused in different settings on the same category for the same resource.",
    );
  }
  if (siblings.length >= 5)
    throw new AzureError(400, "BadRequest", "The limit of 5 diagnostic settings was reached.");
  return { properties };
};
