import type { Accounts } from "./accounts";
import { inState, paths } from "./paths";
import { furtherZoneId } from "./zones";

/** A program of services/, by the name of its file. */
export interface Service {
  readonly name: string;
  /** What it plays, for the table of parts. */
  readonly plays: string;
  /** @default "stand-in" */
  readonly kind?: "real";
  /** Started only when it is asked for by name. @default false */
  readonly onDemand?: true;
  /** Signs in to the API server when it starts. @default false */
  readonly signsIn?: true;
  /** Environment variables that name a port, with the port's name. */
  readonly ports?: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** Those that a system may ask for: what each one plays, and what it goes by, is said in its file. */
export const onDemandServices = ["vault", "tofu", "cloudnative-pg"] as const;
export type OnDemandService = (typeof onDemandServices)[number];

/** The services in the order of the table of parts. Addresses of one another come from `endpoints` of services.ts. */
export function services(account: Accounts, furtherZones: readonly string[] = []): readonly Service[] {
  const stateFile = (name: string): string => inState("services", `${name}.json`);
  return [
    {
      name: "git",
      plays: "git behind HTTP and SSH",
      kind: "real",
      ports: { PORT: "git-http", SSH_PORT: "git-ssh" },
      env: {
        REPOSITORIES: paths.repositories,
        KEYS: paths.keys,
        GIT_USERNAME: account.gitUsername,
        GIT_PASSWORD: account.gitPassword,
        PUBLIC: "cloudflare,dremio",
      },
    },
    {
      name: "cloudflare",
      plays: "Cloudflare API",
      ports: { PORT: "cloudflare" },
      env: {
        STATE_FILE: stateFile("cloudflare"),
        CLOUDFLARE_API_TOKEN: account.cloudflareToken,
        ACCOUNT_ID: account.cloudflareAccountId,
        ZONE_ID: account.cloudflareZoneId,
        ZONE_NAME: account.zone,
        FURTHER_ZONES: furtherZones.map((zone) => `${furtherZoneId(zone)}=${zone}`).join(","),
      },
    },
    {
      name: "azure",
      plays: "Azure Resource Manager and Key Vault",
      ports: { PORT: "azure" },
      env: {
        STATE_FILE: stateFile("azure"),
        ARM_SUBSCRIPTION_ID: account.azureSubscriptionId,
        ARM_TENANT_ID: account.azureTenantId,
      },
    },
    { name: "charts", plays: "chart repositories and registry", ports: { PORT: "charts" }, env: {} },
    { name: "external-secrets", plays: "External Secrets controller", signsIn: true, env: {} },
    { name: "origin-ca-issuer", plays: "Origin CA issuer", signsIn: true, env: {} },
    {
      name: "vault",
      plays: "Vault with KV, policies and Kubernetes auth",
      onDemand: true,
      signsIn: true,
      ports: { PORT: "vault" },
      env: { STATE_FILE: stateFile("vault"), VAULT_TOKEN: account.vaultToken },
    },
    {
      name: "tofu",
      plays: "tofu-controller that plans nothing",
      onDemand: true,
      signsIn: true,
      env: { VAULT_TOKEN: account.vaultToken },
    },
    {
      name: "cloudnative-pg",
      plays: "CloudNativePG operator without databases",
      onDemand: true,
      signsIn: true,
      env: {},
    },
  ];
}
