import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { terraform } from "../../apps/terraform";
import { FLUX_SYSTEM, namespace } from "../../flux/objects";
import type { Manifest } from "../../yaml";
import { rootModulePath, VAULT_URL } from "./modules";
import { vaultModule } from "./vault-module";

export interface ExternalSecretsOptions {
  /** @default external-secrets 2.9.0 from oci://ghcr.io/external-secrets/charts/external-secrets */
  readonly chart?: ChartOptions;
}

export interface ExternalSecretsConfigOptions extends ExternalSecretsOptions {
  /** Namespaces whose Terraform objects write to Vault. */
  readonly runnerNamespaces: readonly string[];
}

const NAMESPACE = "external-secrets";
const defaults = { repository: "oci://ghcr.io/external-secrets/charts/external-secrets", version: "2.9.0" };

/** Kustomization that makes the store. */
export const STORE_KUSTOMIZATION = "external-secrets-config";

/** The ClusterSecretStore. */
export const VAULT_STORE = "vault";

/** Secret in flux-system with the token by which Vault is configured. */
export const VAULT_ADMIN = "vault-admin";

/** The kinds of External Secrets alone, as a release of their own: what uses them can be applied with the operator. */
export function externalSecretsCrds({ chart = {} }: ExternalSecretsOptions = {}): App {
  const name = "external-secrets-crds";
  const manifests = {
    "namespace.yaml": namespace(NAMESPACE),
    ...chartFolder(chart, {
      ...defaults,
      name,
      namespace: NAMESPACE,
      values: {
        installCRDs: true,
        createOperator: false,
        webhook: { create: false },
        certController: { create: false },
      },
    }),
  };
  return { name, kustomizations: [{ name, ...INFRASTRUCTURE, manifests }] };
}

/** The operator, Vault made ready to be read, and the store that reads it. */
export function externalSecretsConfig({ chart = {}, runnerNamespaces }: ExternalSecretsConfigOptions): App {
  const name = STORE_KUSTOMIZATION;
  const manifests = {
    ...chartFolder(chart, {
      ...defaults,
      name: "external-secrets",
      namespace: NAMESPACE,
      values: { installCRDs: false },
    }),
    "terraform-vault.yaml": terraform({
      name: "vault",
      namespace: FLUX_SYSTEM,
      path: rootModulePath(name, "vault"),
      vars: { vault_address: VAULT_URL, runner_namespaces: runnerNamespaces },
      varsFrom: { [VAULT_ADMIN]: ["vault_token"] },
    }),
    "clustersecretstore.yaml": store(),
  };
  const dependsOn = [{ name: "vault" }, { name: "external-secrets-crds" }];
  return {
    name,
    kustomizations: [{ name, dependsOn, ...INFRASTRUCTURE, manifests, files: vaultModule }],
  };
}

/** https://external-secrets.io/latest/provider/hashicorp-vault/ */
function store(): Manifest {
  const serviceAccountRef = { name: "external-secrets", namespace: NAMESPACE };
  const kubernetes = { mountPath: "kubernetes", role: "external-secrets", serviceAccountRef };
  const vault = { server: VAULT_URL, path: "kv", version: "v2", auth: { kubernetes } };
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name: VAULT_STORE },
    spec: { provider: { vault } },
  };
}
