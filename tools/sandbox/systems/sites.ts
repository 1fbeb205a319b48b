import { furtherZoneId } from "../zones";
import { valueOf, type SandboxSystem } from "./system";

/** Zones of the sites' hosts. */
const [ZONE, ...FURTHER] = [
  "kevinryan.io",
  "aiimmigrants.com",
  "specmcp.ai",
  "sddbook.com",
  "distributedequity.org",
] as const;

/** The sites: git by HTTP, a vault in which somebody else has put what leads to the database. */
export const sites: SandboxSystem = {
  fluxRepository: "your-org/platform",
  deployKeys: {},
  zones: [ZONE, ...FURTHER],
  vaultSecrets: {
    "pg-fqdn": "psql-sites.postgres.database.azure.com",
    "pg-admin-username": "psqladmin",
    "pg-admin-password": "p@ss/word", // as people choose them: not fit for a URL as it is
  },
  overrides: (environment) => {
    const value = (name: string): string => valueOf(environment, name);
    const charts = value("SANDBOX_CHARTS_URL");
    const chart = (setting: string, repository: string) =>
      [["handoff:charts", setting, "repository"], `${charts}/${repository}`] as const;
    return [
      [["handoff:fluxRepository", "url"], `${value("SANDBOX_GIT_URL")}/your-org/platform.git`],
      [
        ["handoff:fluxRepository", "auth", "basic"],
        { username: value("SANDBOX_GIT_USERNAME"), password: { env: "SANDBOX_GIT_PASSWORD" } },
      ],
      [["handoff:cloudflare", "accountId"], value("CLOUDFLARE_ACCOUNT_ID")],
      [["handoff:cloudflare", "zoneId"], furtherZoneId(ZONE)],
      [["handoff:cloudflare", "zones"], FURTHER.map((zone) => ({ zone, zoneId: furtherZoneId(zone) }))],
      [["handoff:azure", "tenantId"], value("ARM_TENANT_ID")],
      [["handoff:azure", "resourceGroup"], "my-cluster"],
      [["handoff:azure", "vault", "name"], "my-cluster-secrets"],
      [["handoff:azure", "vault", "url"], `${value("ARM_RESOURCE_MANAGER_URL")}/keyvault/my-cluster-secrets`],
      chart("externalSecrets", "external-secrets"),
      chart("grafana", "grafana-community"),
      chart("loki", "grafana"),
      chart("promtail", "grafana"),
      chart("victoriaMetrics", "victoria-metrics"),
    ];
  },
};
