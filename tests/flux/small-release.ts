import {
  installManifests,
  type InstallOptions,
  type ReleaseManifests,
} from "../../manifests/flux/install-manifests";

/** A release's files in miniature: one document of each sort that the program treats in its own way. */
const deployment = (name: string, ...args: string[]): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    control-plane: controller
  name: ${name}
spec:
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
      - args:
${args.map((arg) => `        - ${arg}\n`).join("")}        image: fluxcd/${name}:v1.2.3
        name: manager
      terminationGracePeriodSeconds: 10
`;
const common = ["--watch-all-namespaces", "--log-level=info", "--enable-leader-election"];
const events = "--events-addr=http://notification-controller.flux-system.svc.cluster.local./";
const release: ReleaseManifests = {
  "policies.yaml": `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-egress
spec:
  egress:
  - {}
`,
  "rbac.yaml": `apiVersion: v1
kind: ResourceQuota
metadata:
  name: critical-pods
spec:
  hard:
    pods: "1000"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: crd-controller
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: cluster-reconciler
roleRef:
  kind: ClusterRole
  name: cluster-admin
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: crd-controller
roleRef:
  kind: ClusterRole
  name: crd-controller
`,
  "source-controller.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    controller-gen.kubebuilder.io/version: v0.19.0
  name: buckets.source.toolkit.fluxcd.io
spec:
  group: source.toolkit.fluxcd.io
  # kept as the release spells it
  names: {kind: Bucket}
---
${deployment("source-controller", events, ...common, "--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local.")}`,
  "kustomize-controller.yaml": deployment("kustomize-controller", events, ...common),
  "helm-controller.yaml": deployment("helm-controller", events, ...common),
  "notification-controller.yaml": deployment("notification-controller", ...common),
  "source-watcher.yaml": deployment("source-watcher", events, ...common),
};

export const small = (options: Partial<InstallOptions> = {}): string =>
  installManifests(release, { version: "v9.9.9", components: ["source-controller"], ...options });
