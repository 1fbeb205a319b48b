import { hasUnknown, Props, UserError } from "../provider/handler";
import { Cluster } from "./flux/cluster";
import type { GitAuth } from "./git/credentials";
import { GitError } from "./git/failure";
import { RemoteBranch } from "./git/repository";

interface Inputs {
  readonly repositories: readonly { readonly url: string; readonly branch: string; readonly auth: GitAuth }[];
  readonly cluster?: { readonly kubeconfig: string; readonly context?: string };
  readonly cloudflare?: { readonly zoneId: string; readonly zone: string; readonly apiToken: string };
}

/** The provider's side of `preflight`: all checks at once, each fault a text. */
export async function preflightHandler(args: Props): Promise<Props> {
  const { repositories, cluster, cloudflare } = args as unknown as Inputs;
  const checks = [
    ...repositories.map(checkRepository),
    ...(cluster === undefined ? [] : [checkCluster(cluster)]),
    ...(cloudflare === undefined ? [] : [checkZone(cloudflare)]),
  ];
  const faults = (await Promise.all(checks)).filter((fault) => fault !== undefined);
  return { faults };
}

type Fault = string | undefined;

async function checkRepository({ url, branch, auth }: Inputs["repositories"][number]): Promise<Fault> {
  if (hasUnknown(auth)) return undefined;
  try {
    await RemoteBranch.use({ url, branch, auth }, async (remote) => {
      await remote.checkAccess();
    });
    return undefined;
  } catch (error) {
    if (error instanceof GitError) return error.message;
    throw error;
  }
}

async function checkCluster(connection: NonNullable<Inputs["cluster"]>): Promise<Fault> {
  if (hasUnknown(connection)) return undefined;
  try {
    const cluster = await Cluster.connect(connection);
    if (await cluster.isAdmin()) return undefined;
    return `the kubeconfig's user isn't cluster-admin at ${cluster.server}\n→ Installing Flux takes it: use a kubeconfig of an administrator.`;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** One request: whether the token is taken, and whether the id is that zone's. */
async function checkZone({ zoneId, zone, apiToken }: NonNullable<Inputs["cloudflare"]>): Promise<Fault> {
  if (hasUnknown(apiToken)) return undefined;
  const { default: Client } = await import("cloudflare");
  const client = new Client({ apiToken, baseURL: process.env.CLOUDFLARE_BASE_URL, maxRetries: 3 });
  try {
    const found = await client.zones.get({ zone_id: zoneId });
    if (found.name === zone) return undefined;
    return `Cloudflare's zone ${zoneId} is ${found.name}, not ${zone}\n→ Correct \`cloudflare.zoneId\` or \`cloudflare.zone\`.`;
  } catch (error) {
    const { status, errors, message } = error as {
      status?: number;
      errors?: readonly { code?: number; message?: string }[];
      message: string;
    };
    const words = (errors ?? [])
      .map((entry) => `${entry.message ?? "?"} (${String(entry.code ?? "?")})`)
      .join(", ");
    if (status === undefined)
      return `Cloudflare can't be reached: ${message}\n→ Check the network, then run the same command again.`;
    return (
      `Cloudflare refused to show zone ${zoneId}: HTTP ${String(status)}${words === "" ? "" : `, ${words}`}\n` +
      "→ Check `cloudflare.apiToken` (has it expired?), that it may read this zone, and `cloudflare.zoneId`."
    );
  }
}
