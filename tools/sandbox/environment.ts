import { accounts } from "./accounts";
import { cachedFolder } from "./obtain";
import { parts } from "./parts";
import { paths } from "./paths";
import { systemName } from "./systems";
import { azureUrl, chartsUrl, cloudflareUrl, gitSshUrl, gitUrl, vaultRuns, vaultUrl } from "./services";

/** What a command needs to use the sandbox: the parts' commands, the cluster, the engine, the vendors' endpoints. */
export async function sandboxEnvironment(): Promise<Readonly<Record<string, string>>> {
  const account = accounts();
  return {
    PATH: [paths.bin, process.env.PATH ?? ""].join(":"),
    KUBECONFIG: paths.kubeconfig,
    SANDBOX_STATE: paths.state,
    SANDBOX_SYSTEM: systemName(),
    PULUMI_HOME: paths.pulumi,
    PULUMI_BACKEND_URL: `file://${paths.backend}`,
    PULUMI_CONFIG_PASSPHRASE: account.passphrase,
    PULUMI_STACK: "sandbox",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    CLOUDFLARE_BASE_URL: await cloudflareUrl(),
    CLOUDFLARE_API_TOKEN: account.cloudflareToken,
    CLOUDFLARE_ACCOUNT_ID: account.cloudflareAccountId,
    CLOUDFLARE_ZONE_ID: account.cloudflareZoneId,
    ARM_RESOURCE_MANAGER_URL: await azureUrl(),
    ARM_SUBSCRIPTION_ID: account.azureSubscriptionId,
    ARM_TENANT_ID: account.azureTenantId,
    ARM_USE_MSI: "true",
    ARM_CLIENT_ID: account.azureIdentity,
    IDENTITY_ENDPOINT: `${await azureUrl()}/msi/token`,
    IDENTITY_HEADER: "sandbox",
    ...(vaultRuns() && { VAULT_ADDR: await vaultUrl(), VAULT_TOKEN: account.vaultToken }),
    SANDBOX_GIT_URL: await gitUrl(),
    SANDBOX_GIT_SSH_URL: await gitSshUrl(),
    SANDBOX_GIT_USERNAME: account.gitUsername,
    SANDBOX_GIT_PASSWORD: account.gitPassword,
    SANDBOX_CHARTS_URL: await chartsUrl(),
    SANDBOX_FLUX_MANIFESTS: cachedFolder(parts, "flux-manifests"),
  };
}

/** The environment as lines for a shell to evaluate. */
export function asShell(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");
}
