import { isDeepStrictEqual } from "node:util";
import { HandlerContext, hasUnknown, Props, UserError } from "./plugin/handler";
import { azureFaults, type AzureChecks } from "./azure/preflight";
import { CloudflareChecks, cloudflareFaults } from "./cloudflare/preflight";
import { Cluster } from "./kubernetes/cluster";
import { foreignManager } from "./flux/foreign-manager";
import { foreignRoot } from "./flux/root";
import { githubApiOf, requestOf } from "./git/commit-inputs";
import { latestOf } from "./git/converge";
import { deployKeys, type KeyHost } from "./git/deploy-key-host";
import { emptyRepository, GitError } from "./git/failure";
import { GitHubBranch } from "./git/github-branch";
import { pullRequests } from "./git/pull-request";
import { RemoteBranch } from "./git/repository";
import { NOTHING_TO_COMPARE } from "./git/propose";
import { identityFault, type SopsKeys } from "./secrets/identity-check";
import { recipientFaults } from "./secrets/recipients-check";
import { SopsMissing } from "./secrets/sops";
import type { CommitMode } from "../manifests/git/commit-mode";
import type { GitAuth } from "../manifests/git/auth";

interface Repository {
  readonly url: string;
  readonly branch: string;
  /** At whose head the branch begins where it isn't there yet. */
  readonly from?: string;
  readonly auth: GitAuth;
  readonly fluxAuth?: GitAuth;
  readonly mode?: CommitMode;
  readonly deployKey?: Omit<KeyHost, "url">;
}

export interface PreflightInputs {
  /** `<project>/<stack>` */
  readonly stack: string;
  readonly repositories: readonly Repository[];
  readonly cluster?: { readonly kubeconfig: string; readonly context?: string; readonly sync?: string };
  readonly cloudflare?: CloudflareChecks;
  readonly azure?: AzureChecks;
  readonly sops?: SopsKeys;
  /** In a preview nothing is encrypted, and sops may be missing. @default true */
  readonly dryRun?: boolean;
}

/** What is signed in to. */
export interface PreflightCheck {
  readonly part: "repository" | "cluster" | "cloudflare" | "azure" | "sops";
  /** What is so when there is no fault, for the reader. */
  readonly well: string;
  /** Each fault a text: what is wrong, then lines of what to do. */
  readonly faults: () => Promise<readonly string[]>;
}

/** The provider's side of `preflight`: all checks at once, each fault a text. */
export async function preflightHandler(args: Props, ctx: HandlerContext): Promise<Props> {
  const checks = preflightChecks(args as unknown as PreflightInputs, ctx);
  const { repositories } = args as unknown as PreflightInputs;
  // Asked beside the sign-in, since hand-offs that change nothing ask it of a branch later.
  for (const { url, branch, auth, mode } of repositories)
    if (!hasUnknown([auth, mode])) void latestOf(ctx, { url, branch, auth, mode }).catch(() => undefined);
  return { faults: (await Promise.all(checks.map(({ faults }) => faults()))).flat() };
}

/** The checks one by one; none changes anything. */
export function preflightChecks(
  { stack, repositories, cluster, cloudflare, azure, sops, dryRun = true }: PreflightInputs,
  ctx: HandlerContext,
): readonly PreflightCheck[] {
  const one = (part: PreflightCheck["part"], well: string, check: () => Promise<Fault>): PreflightCheck => ({
    ...{ part, well },
    faults: async () => [(await check()) ?? []].flat(),
  });
  return [
    ...repositories.map((it) => one("repository", `${it.url} can be written to`, () => checkRepository(it))),
    ...repositories
      .filter(({ fluxAuth }) => fluxAuth !== undefined)
      .map((it) => one("repository", `${it.url} can be read by Flux's credential`, () => checkFlux(it))),
    ...repositories
      .filter(({ deployKey }) => deployKey !== undefined)
      .map((it) => one("repository", `the deploy keys of ${it.url} can be seen`, () => checkDeployKeys(it))),
    ...(cluster === undefined
      ? []
      : [one("cluster", "can be reached, as cluster-admin", () => checkCluster(cluster, stack))]),
    ...(cloudflare === undefined
      ? []
      : [
          {
            part: "cloudflare" as const,
            well: `zone ${cloudflare.zones[0]?.zone ?? ""} is there, and the token has its permissions`,
            faults: () => cloudflareFaults(cloudflare, ctx),
          },
        ]),
    ...(azure === undefined
      ? []
      : [
          {
            part: "azure" as const,
            well: `key vault ${azure.vault.name} can be written to, and all that is needed is permitted`,
            faults: () => azureFaults(azure, ctx),
          },
        ]),
    ...(sops === undefined
      ? []
      : [
          one("sops", "the cluster's key opens what is encrypted", () => identityFault(sops)),
          {
            part: "sops" as const,
            well: "secrets can be encrypted for all who are to read them",
            faults: async () =>
              (await recipientFaults(sops, { waiting: ctx })) ?? (dryRun ? [] : [new SopsMissing().message]),
          },
        ]),
  ];
}

type Fault = string | undefined;

/** As the program signs in: to write to the branch, or to one of its own and to the host's API. */
async function checkRepository({ url, branch, from, auth, mode }: Repository): Promise<Fault> {
  if (hasUnknown([auth, mode])) return undefined;
  const request = requestOf({ mode });
  const githubApi = githubApiOf({ mode });
  if (githubApi !== undefined)
    return await faultOf(GitHubBranch.use({ url, branch, auth, mode: githubApi }, (it) => it.checkAccess()));
  return await onRemote({ url, branch, from, auth }, async (remote) => {
    const begun = await remote.checkAccess(request?.branch);
    if (request === undefined) return;
    if (!begun) throw emptyRepository(url, NOTHING_TO_COMPARE);
    await (await pullRequests({ url, base: branch, auth, mode: request })).findOpen();
  });
}

/** As Flux signs in, where that differs; from here, and so by the program's proxy. */
async function checkFlux({ url, branch, from, auth, fluxAuth = auth, mode }: Repository): Promise<Fault> {
  if (hasUnknown([auth, fluxAuth, mode]) || isDeepStrictEqual(auth, fluxAuth)) return undefined;
  const repository = { url, branch, from, auth: { ...fluxAuth, proxy: auth.proxy } };
  const githubApi = githubApiOf({ mode });
  // Where there is no git, the API tells whether the credential may read.
  const fault =
    githubApi === undefined
      ? await onRemote(repository, (remote) => remote.checkReading())
      : await faultOf(GitHubBranch.use({ ...repository, mode: githubApi }, (it) => it.checkReading()));
  return fault === undefined ? undefined : `with \`fluxAuth\`: ${fault}`;
}

/** Whether the token may see the repository's deploy keys: who may not, may register none. */
async function checkDeployKeys({ url, deployKey }: Repository): Promise<Fault> {
  if (deployKey === undefined || hasUnknown(deployKey)) return undefined;
  return await faultOf(deployKeys({ url, ...deployKey }).then((keys) => keys.list()));
}

async function onRemote(
  repository: Pick<Repository, "url" | "branch" | "from" | "auth">,
  check: (remote: RemoteBranch) => Promise<unknown>,
): Promise<Fault> {
  return await faultOf(RemoteBranch.use(repository, check));
}

async function faultOf(check: Promise<unknown>): Promise<Fault> {
  try {
    await check;
    return undefined;
  } catch (error) {
    if (error instanceof GitError) return error.message;
    throw error;
  }
}

async function checkCluster(
  connection: NonNullable<PreflightInputs["cluster"]>,
  stack: string,
): Promise<Fault> {
  if (hasUnknown(connection)) return undefined;
  try {
    const cluster = await Cluster.connect(connection);
    if (await cluster.isAdmin()) {
      const { sync } = connection;
      const faults = await Promise.all([
        sync === undefined ? undefined : foreignRoot(cluster, sync, stack),
        foreignManager(cluster),
      ]);
      return faults.find((fault) => fault !== undefined);
    }
    return `the kubeconfig's user isn't cluster-admin at ${cluster.server}\n→ Installing Flux takes it: use a kubeconfig of an administrator.`;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
