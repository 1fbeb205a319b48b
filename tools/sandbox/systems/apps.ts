import { repositoryOverrides, valueOf, type SandboxSystem } from "./system";

const REPOSITORY = "your-org/cluster";

/** The chart repositories, by the setting of each chart. */
const repositories = {
  tofuController: "flux-iac",
  vault: "hashicorp",
  airflow: "apache",
  cloudnativePg: "cloudnative-pg",
  authentik: "goauthentik",
  clickhouseOperator: "altinity",
  clickstackOperators: "clickstack",
  clickstack: "clickstack",
  grafana: "grafana-community",
};

/** The twelve apps over Vault: stand-ins of Vault, tofu-controller and CloudNativePG besides. */
export const apps: SandboxSystem = {
  fluxRepository: REPOSITORY,
  onDemand: ["vault", "tofu", "cloudnative-pg"],
  deployKeys: {
    cluster: { repository: REPOSITORY, write: true },
    "cluster-read": { repository: REPOSITORY, write: false },
  },
  overrides: (environment) => {
    const value = (name: string): string => valueOf(environment, name);
    const charts = value("SANDBOX_CHARTS_URL");
    const registry = charts.replace(/^http:/, "oci:");
    const oci = (repository: string) => ({ repository: `${registry}/${repository}`, insecure: true });
    return [
      ...repositoryOverrides(environment, "handoff:fluxRepository", REPOSITORY, "cluster"),
      [["handoff:vault", "adminToken"], { env: "VAULT_TOKEN" }],
      [["handoff:dremio", "url"], `${value("SANDBOX_GIT_URL")}/dremio/dremio-cloud-tools.git`],
      [["handoff:dremio", "branch"], "main"],
      [["handoff:charts", "externalSecrets"], oci("external-secrets/charts/external-secrets")],
      [["handoff:charts", "forgejo"], oci("forgejo-helm/forgejo")],
      ...Object.entries(repositories).map(
        ([setting, name]) => [["handoff:charts", setting, "repository"], `${charts}/${name}`] as const,
      ),
    ];
  },
};
