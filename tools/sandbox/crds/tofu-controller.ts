/** The Terraform objects of tofu-controller. */
import type { Manifest } from "../../../manifests/yaml";
import { crds } from "./crd";

export const tofuCrds: readonly Manifest[] = crds(
  "infra.contrib.fluxcd.io",
  {
    Terraform: {
      shortNames: ["tf"],
      spec: `
      alwaysCleanupRunnerPod: bool, approvePlan, backendConfig: {configPath, customConfiguration, disable: bool,
      inClusterConfig: bool, labels: map<string>, secretSuffix}, backendConfigsFrom: [{keys: [string], kind!:
      string(Secret|ConfigMap), name!, optional: bool}], branchPlanner: {enablePathScope: bool}, breakTheGlass:
      bool, cliConfigSecretRef: {name, namespace}, cloud: {hostname, organization!, token, workspaces!: object},
      dependsOn: [{name!, namespace}], destroy: bool, destroyResourcesOnDeletion: bool, disableDriftDetection:
      bool, enableInventory: bool, enterprise: any, fileMappings: [{location!: string(home|workspace), path!,
      secretRef!: object}], force: bool, healthChecks: [{address, name!, timeout, type!: string(tcp|http),
      url}], interval!, maxRetryInterval, parallelism: int, path, plan: {lock: bool}, planOnly: bool,
      readInputsFromSecrets: [{as!, name!}], refreshBeforeApply: bool, remediation: {retries: int},
      retryInterval, retryStrategy: string(StaticInterval|ExponentialBackoff), runnerPodTemplate: {metadata:
      object, spec: object}, runnerTerminationGracePeriodSeconds: int, serviceAccountName, sourceRef!:
      {apiVersion, kind!: string(GitRepository|Bucket|OCIRepository), name!, namespace}, storeReadablePlan:
      string(none|json|human), suspend: bool, targets: [string], tfVarsFiles: [string], tfstate: {forceUnlock:
      string(yes|no|auto), lockIdentifier, lockTimeout}, upgradeOnInit: bool, values: any, vars: [{name!, value:
      any, valueFrom: object}], varsFrom: [{kind!: string(Secret|ConfigMap), name!, optional: bool, varsKeys:
      [string]}], webhooks: [{enabled: bool, errorMessageTemplate, payloadType, stage!: string(post-planning),
      testExpression!, url!}], workspace, writeOutputsToSecret: {annotations: map<string>, labels: map<string>,
      name!, outputs: [string]}
    `,
    },
  },
  { version: "v1alpha2" },
);
