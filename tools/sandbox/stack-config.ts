import { join } from "node:path";
import { parseDocument } from "yaml";

type Environment = Readonly<Record<string, string>>;

/**
 * The sandbox's stack configuration: the committed one of prod with its comments, and the sandbox's endpoints,
 * credentials and encryption salt put over it.
 */
export function stackConfig(prod: string, salt: string, environment: Environment): string {
  const document = parseDocument(prod === "" ? "config: {}\n" : prod);
  for (const [path, value] of overrides(environment)) document.setIn(["config", ...path], value);
  document.set("encryptionsalt", salt); // that of prod, and what is encrypted with it, is not the sandbox's
  return document.toString({ lineWidth: 0 });
}

type Override = readonly [path: readonly string[], value: unknown];

/** THE MAPPING: which setting gets which of the sandbox's values. Everything else stays as prod has it. */
function overrides(environment: Environment): readonly Override[] {
  const value = (name: string): string => environment[name] ?? "";
  const key = (name: string): unknown => ({ file: join(value("SANDBOX_STATE"), "keys", name) });
  const charts = value("SANDBOX_CHARTS_URL");
  const registry = charts.replace(/^http:/, "oci:");

  const repository = (setting: string, name: string): readonly Override[] => [
    [[setting, "url"], `${value("SANDBOX_GIT_SSH_URL")}/your-org/${name}.git`],
    [[setting, "auth", "ssh"], { privateKey: key(name), knownHosts: key("known_hosts") }],
  ];
  return [
    [["handoff:system"], "prod"],
    [["handoff:cluster", "kubeconfig"], { file: join(value("SANDBOX_STATE"), "kubeconfig") }],
    [["handoff:flux", "manifests"], value("SANDBOX_FLUX_MANIFESTS")],
    ...repository("handoff:fluxRepository", "flux-config"),
    ...repository("handoff:appRepository", "calcom"),
    [["handoff:cloudflare", "accountId"], value("CLOUDFLARE_ACCOUNT_ID")],
    [["handoff:cloudflare", "zoneId"], value("CLOUDFLARE_ZONE_ID")],
    [["handoff:azure", "tenantId"], value("ARM_TENANT_ID")],
    [["handoff:azure", "vault", "create"], false],
    [["handoff:azure", "vault", "url"], `${value("ARM_RESOURCE_MANAGER_URL")}/keyvault/my-cluster-secrets`],
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
}
