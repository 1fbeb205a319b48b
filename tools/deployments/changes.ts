import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { DeploymentSettings } from "./settings";

/** What we use of `pulumi deployment settings get --output json`; it tells no value of a variable. */
export const currentSettings = z.object({
  source: z
    .object({
      repository: z.string().optional(),
      branch: z.string().optional(),
      folder: z.string().optional(),
      previewPullRequests: z.boolean().optional(),
      runUpdatesOnPush: z.boolean().optional(),
      pullRequestTemplate: z.boolean().optional(),
      pathFilters: z.array(z.string()).optional(),
    })
    .optional(),
  runner: z.object({ pool: z.string().optional() }).optional(),
  preRunCommands: z.array(z.string()).optional(),
  environmentVariables: z.array(z.string()).optional(),
  oidc: z
    .object({
      azure: z
        .object({
          clientId: z.string().optional(),
          tenantId: z.string().optional(),
          subscriptionId: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
});
export type CurrentSettings = z.output<typeof currentSettings>;

/** One setting that is otherwise than wanted. */
export interface Change {
  /** Key in the file. */
  readonly name: string;
  readonly current: unknown;
  readonly wanted: unknown;
  /** What `pulumi deployment settings edit` takes to set it. */
  readonly flags: readonly string[];
}

/** What differs, in the order of the file. Variables are looked at by {@link variables}. */
export function changes(wanted: DeploymentSettings, current: CurrentSettings): readonly Change[] {
  const { source = {}, runner = {}, oidc = {} } = current;
  const { azure } = wanted;
  const ref = (branch = ""): string => branch.replace(/^refs\/heads\//, "");
  const flag = (name: string, value: boolean): string => `--${name}=${String(value)}`;
  const all: readonly Change[] = [
    {
      name: "repository",
      ...{ current: source.repository, wanted: wanted.repository },
      flags: ["--github-repo", wanted.repository],
    },
    {
      name: "branch",
      ...{ current: ref(source.branch), wanted: ref(wanted.branch) },
      flags: ["--branch", `refs/heads/${ref(wanted.branch)}`],
    },
    {
      name: "folder",
      ...{ current: source.folder ?? ".", wanted: wanted.folder },
      flags: ["--folder", wanted.folder],
    },
    {
      name: "pushToDeploy",
      ...{ current: source.runUpdatesOnPush ?? false, wanted: wanted.pushToDeploy },
      flags: [flag("push-to-deploy", wanted.pushToDeploy)],
    },
    {
      name: "previewPullRequests",
      ...{ current: source.previewPullRequests ?? false, wanted: wanted.previewPullRequests },
      flags: [flag("preview-prs", wanted.previewPullRequests)],
    },
    {
      name: "reviewStacks",
      ...{ current: source.pullRequestTemplate ?? false, wanted: wanted.reviewStacks },
      flags: [flag("pr-template", wanted.reviewStacks)],
    },
    {
      name: "paths",
      ...{ current: source.pathFilters ?? [], wanted: wanted.paths ?? [] },
      flags: ["--path-filter", (wanted.paths ?? []).join(",")],
    },
    {
      name: "azure",
      ...{ current: oidc.azure, wanted: azure },
      flags:
        azure === undefined
          ? ["--oidc-azure-clear"]
          : [
              ...["--oidc-azure-client-id", azure.clientId, "--oidc-azure-tenant-id", azure.tenantId],
              ...["--oidc-azure-subscription-id", azure.subscriptionId],
            ],
    },
    {
      name: "preRunCommands",
      ...{ current: current.preRunCommands ?? [], wanted: wanted.preRunCommands },
      flags: wanted.preRunCommands.flatMap((command) => ["--pre-run-command", command]),
    },
    {
      name: "runnerPool",
      ...{ current: runner.pool ?? "", wanted: wanted.runnerPool },
      flags: ["--runner-pool", wanted.runnerPool],
    },
  ];
  return all.filter((change) => !isDeepStrictEqual(change.current, change.wanted));
}

/** Variables by what becomes of them. */
export interface Variables {
  /** Plain ones, set anew each time: whether they differ can't be seen. */
  readonly plain: Readonly<Record<string, string>>;
  /** Secret ones whose values are at hand. */
  readonly secret: Readonly<Record<string, string>>;
  /** Secret ones that stay as they are set. */
  readonly kept: readonly string[];
  /** Secret ones that are neither set nor at hand. */
  readonly missing: readonly string[];
  /** Set, and none of the file's. */
  readonly others: readonly string[];
}

export function variables(
  { environment, secrets }: DeploymentSettings,
  { environmentVariables: set = [] }: CurrentSettings,
  at: Readonly<Record<string, string | undefined>>,
): Variables {
  const has = (name: string): boolean => (at[name] ?? "") !== "";
  const without = secrets.filter((name) => !has(name));
  return {
    plain: environment,
    secret: Object.fromEntries(secrets.filter(has).map((name) => [name, at[name] ?? ""])),
    kept: without.filter((name) => set.includes(name)),
    missing: without.filter((name) => !set.includes(name)),
    others: set.filter((name) => !(name in environment) && !secrets.includes(name)),
  };
}
