import { deployKeys } from "../keys";
import { TOKEN_ISSUER } from "../token-issuer";
import { repositoryOverrides, valueOf, type SandboxSystem } from "./system";

/** Cal.com: the stand-ins of Cloudflare, Azure and the charts in the place of the vendors. */
export const prod: SandboxSystem = {
  fluxRepository: "your-org/flux-config",
  deployKeys,
  parts: ["cert-manager"],
  overrides: (environment) => {
    const value = (name: string): string => valueOf(environment, name);
    const charts = value("SANDBOX_CHARTS_URL");
    const registry = charts.replace(/^http:/, "oci:");
    return [
      ...repositoryOverrides(environment, "handoff:fluxRepository", "your-org/flux-config", "flux-config"),
      ...repositoryOverrides(environment, "handoff:appRepository", "your-org/calcom", "calcom"),
      [["handoff:cloudflare", "accountId"], value("CLOUDFLARE_ACCOUNT_ID")],
      [["handoff:cloudflare", "zoneId"], value("CLOUDFLARE_ZONE_ID")],
      [["handoff:azure", "tenantId"], value("ARM_TENANT_ID")],
      [["handoff:azure", "vault", "create"], false],
      [["handoff:azure", "vault", "url"], `${value("ARM_RESOURCE_MANAGER_URL")}/keyvault/my-cluster-secrets`],
      [["handoff:azure", "identity", "oidcIssuer"], TOKEN_ISSUER],
      // The provisioner gives a Service its address.
      [["handoff:calcom", "loadBalancerIP"], "192.168.1.100"],
      [["handoff:charts", "certManager", "repository"], `${charts}/jetstack`],
      [["handoff:charts", "externalSecrets", "repository"], `${charts}/external-secrets`],
      [
        ["handoff:charts", "originCaIssuer"],
        {
          repository: `${registry}/cloudflare/origin-ca-issuer-charts/origin-ca-issuer`,
          insecure: true,
          crds: { url: `${value("SANDBOX_GIT_URL")}/cloudflare/origin-ca-issuer.git` },
        },
      ],
    ];
  },
};
