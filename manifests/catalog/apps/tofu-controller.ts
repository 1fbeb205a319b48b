import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { FLUX_SYSTEM, namespace } from "../../flux/objects";
import type { Manifest } from "../../yaml";
import { moduleFiles } from "./modules";

export interface TofuControllerOptions {
  /** @default tofu-controller 0.16.5 from https://flux-iac.github.io/tofu-controller */
  readonly chart?: ChartOptions;
  /** Namespaces beside flux-system that have Terraform objects. They are made here: the chart puts accounts into them. */
  readonly namespaces: readonly string[];
}

/** tofu-controller, which applies Terraform objects with OpenTofu: https://flux-iac.github.io/tofu-controller/ */
export function tofuController({ chart = {}, namespaces }: TofuControllerOptions): App {
  const name = "tofu-controller";
  const allowedNamespaces = [FLUX_SYSTEM, ...namespaces];
  const manifests = {
    "namespaces.yaml": namespaces.map(namespace),
    "networkpolicy.yaml": runnersMayRead(allowedNamespaces),
    ...chartFolder(chart, {
      name,
      namespace: FLUX_SYSTEM,
      chart: "tofu-controller",
      repository: "https://flux-iac.github.io/tofu-controller",
      version: "0.16.5",
      release: { install: { crds: "Create" }, upgrade: { crds: "CreateReplace" } },
      values: {
        // A Terraform object beside its app has its source, and others that it depends on, in flux-system.
        allowCrossNamespaceRefs: true,
        watchAllNamespaces: true,
        awsPackage: { install: false },
        runner: { serviceAccount: { create: true, name: "tf-runner", allowedNamespaces } },
      },
    }),
  };
  return { name, kustomizations: [{ name, ...INFRASTRUCTURE, manifests, files: moduleFiles }] };
}

/** Flux's own policies keep everybody outside of flux-system from its controllers, and with them the runners. */
function runnersMayRead(namespaces: readonly string[]): Manifest {
  const values = [...namespaces];
  const from = { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values }] };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "allow-tofu-runners", namespace: FLUX_SYSTEM },
    spec: {
      podSelector: { matchLabels: { app: "source-controller" } },
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ namespaceSelector: from }], ports: [{ protocol: "TCP", port: 9090 }] }],
    },
  };
}
