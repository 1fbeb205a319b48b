import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { UserError } from "../../provider/plugin/handler";

const text = z.string().min(1);
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name of letters, digits and _");

const id = z.guid("an id such as 00000000-0000-0000-0000-000000000000");

const schema = z.strictObject({
  stack: z.string().regex(/^[^/\s]+\/[^/\s]+\/[^/\s]+$/, "<organization>/<project>/<stack>"),
  repository: z.string().regex(/^[^/\s]+\/[^/\s]+$/, "<owner>/<name>"),
  branch: text,
  folder: text.default("."),
  pushToDeploy: z.boolean().default(true),
  previewPullRequests: z.boolean().default(true),
  reviewStacks: z.boolean().default(false),
  /** @default what concerns the stack */
  // The CLI takes them as one list with commas.
  paths: z.array(z.string().regex(/^[^,]+$/, "a path without a comma")).optional(),
  azure: z.strictObject({ clientId: id, tenantId: id, subscriptionId: id }).optional(),
  preRunCommands: z.array(text).default([]),
  environment: z.record(variable, z.string()).default({}),
  secrets: z.array(variable).default([]),
  runnerPool: z.string().default(""),
});

/** How Pulumi Cloud is to run a stack, as a file of `.github/deployments/` says it. */
export type DeploymentSettings = z.output<typeof schema>;

/**
 * @param named stacks whose files are read; all where there is none
 * @throws UserError with all faults of all files
 */
export function readFolder(folder: string, named: readonly string[] = []): DeploymentSettings[] {
  if (!existsSync(folder))
    throw new UserError(
      `There is no folder ${folder}\n→ It has a file per stack, as .github/deployments/prod.yaml.`,
    );
  const there = readdirSync(folder).flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []);
  const stacks = named.length > 0 ? [...new Set(named)] : there;
  const read: DeploymentSettings[] = [];
  const faults: string[] = [];
  const missing = stacks.filter((stack) => !there.includes(stack));
  if (missing.length > 0)
    faults.push(
      `There is no ${missing.map((stack) => join(folder, `${stack}.yaml`)).join(", ")}; there are: ${there.join(", ")}`,
    );
  for (const stack of stacks.filter((one) => there.includes(one))) {
    try {
      read.push(readSettings(join(folder, `${stack}.yaml`)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error.message);
    }
  }
  const twice = read.map(({ stack }) => stack).filter((stack, at, all) => all.indexOf(stack) !== at);
  if (twice.length > 0)
    faults.push(
      `More than one file says how ${[...new Set(twice)].join(", ")} is run; one is allowed for each stack.`,
    );
  if (faults.length > 0) throw new UserError(faults.join("\n"));
  return read;
}

/** @throws UserError with all faults of the file */
function readSettings(file: string): DeploymentSettings {
  const document = parseDocument(readFileSync(file, "utf8"), { prettyErrors: true });
  const broken = document.errors.map(({ message }) => message.split("\n")[0] ?? "");
  const found: unknown = broken.length > 0 ? undefined : document.toJS();
  const parsed = broken.length > 0 ? undefined : schema.safeParse(found ?? {});
  const faults = parsed?.error?.issues.map(({ path, message, code, ...issue }) => {
    const at = path.map(String).join(".");
    if (code === "unrecognized_keys")
      return `${at === "" ? "" : `${at}: `}unknown: ${(issue as { keys: string[] }).keys.join(", ")}; allowed: ${Object.keys(schema.shape).join(", ")}`;
    const value = path.reduce<unknown>(
      (all, key) => (all as Record<PropertyKey, unknown> | null)?.[key],
      found,
    );
    const allowed = code === "invalid_type" ? String((issue as { expected: unknown }).expected) : message;
    return [
      ...(at === "" ? [] : [`${at}:`]),
      ...foundOf(path, value),
      `allowed: ${KINDS[allowed] ?? allowed}`,
    ].join(" ");
  });
  if (parsed?.success !== true) {
    const lines = [...broken, ...(faults ?? [])];
    throw new UserError(
      `${file} has ${count(lines.length)}:\n${lines.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  const both = parsed.data.secrets.filter((name) => name in parsed.data.environment);
  if (both.length > 0)
    throw new UserError(`${file} has ${both.join(", ")} both in \`environment\` and in \`secrets\``);
  return parsed.data;
}

/** As YAML's users call what the schema expects. */
const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  boolean: "true or false",
  array: "a list",
  record: "names with their values",
  object: "names with their values",
};

/** What is there instead, but for what may be a secret that was written in the wrong place. */
function foundOf([first]: readonly PropertyKey[], value: unknown): string[] {
  if (value === undefined) return ["missing;"];
  return first === "secrets" || first === "environment" ? [] : [`found ${JSON.stringify(value)};`];
}

function count(faults: number): string {
  return faults === 1 ? "a fault" : `${String(faults)} faults`;
}
