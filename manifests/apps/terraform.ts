import { FLUX_SYSTEM } from "../flux/objects";
import { duration, namespaceName, rfc1123Name, type Duration } from "../flux/names";
import type { Manifest } from "../yaml";

export interface TerraformOptions {
  readonly name: string;
  /** The runner's account `tf-runner` has to be there: the chart makes it in the namespaces that it allows. */
  readonly namespace: string;
  /** Folder of the root module in the repository. */
  readonly path: string;
  /** Variables whose values are no secrets. */
  readonly vars?: Readonly<Record<string, string | readonly string[]>>;
  /** Secrets of the same namespace whose keys are variables too: Secret → keys. */
  readonly varsFrom?: Readonly<Record<string, readonly string[]>>;
  /** Terraform objects that come first. */
  readonly dependsOn?: readonly { readonly name: string; readonly namespace: string }[];
  /** How soon a change by somebody else is put back. @default "30m" */
  readonly interval?: Duration;
}

/**
 * A Terraform object of tofu-controller, which plans and applies a folder of Flux's repository:
 * https://flux-iac.github.io/tofu-controller/References/terraform/
 *
 * Its source is in another namespace, so the controller needs `allowCrossNamespaceRefs: true`.
 */
export function terraform(options: TerraformOptions): Manifest {
  const { name, namespace, path, vars = {}, varsFrom = {}, dependsOn, interval = "30m" } = options;
  const variables = Object.entries(vars).map(([variable, value]) => ({ name: variable, value }));
  const secrets = Object.entries(varsFrom).map(([secret, varsKeys]) => ({
    kind: "Secret",
    name: rfc1123Name(secret, "Secret's name"),
    varsKeys: [...varsKeys],
  }));
  return {
    apiVersion: "infra.contrib.fluxcd.io/v1alpha2",
    kind: "Terraform",
    metadata: { name: rfc1123Name(name), namespace: namespaceName(namespace) },
    spec: {
      interval: duration(interval, "interval"),
      // A plan that fails, as while Vault is sealed, is soon made again.
      retryInterval: "30s",
      path: `./${path}`,
      sourceRef: { kind: "GitRepository", name: FLUX_SYSTEM, namespace: FLUX_SYSTEM },
      serviceAccountName: "tf-runner",
      approvePlan: "auto",
      dependsOn: dependsOn?.map((other) => ({ ...other })),
      vars: variables.length > 0 ? variables : undefined,
      varsFrom: secrets.length > 0 ? secrets : undefined,
    },
  };
}
