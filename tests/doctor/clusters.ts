/** A healthy cluster, and of what it consists. */
import type { FluxObject } from "../../provider/flux/follow/flux-object";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { broken, failing, fluxObject, healthy as healthyFlux } from "../status/objects";

const GROUPS: Readonly<Record<string, string>> = {
  GitRepository: "source.toolkit.fluxcd.io/v1",
  OCIRepository: "source.toolkit.fluxcd.io/v1",
  Bucket: "source.toolkit.fluxcd.io/v1",
  ExternalArtifact: "source.toolkit.fluxcd.io/v1",
  ArtifactGenerator: "source.extensions.fluxcd.io/v1beta1",
  FluxInstance: "fluxcd.controlplane.io/v1",
  HelmRepository: "source.toolkit.fluxcd.io/v1",
  Kustomization: "kustomize.toolkit.fluxcd.io/v1",
  HelmRelease: "helm.toolkit.fluxcd.io/v2",
};

export const live = (object: FluxObject): LiveObject => ({
  apiVersion: GROUPS[object.kind ?? ""],
  ...object,
});

const inNamespace = (namespace: string, name: string) => ({ name, namespace, generation: 1 });

export const controller = (name: string, available = true): LiveObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    ...inNamespace("flux-system", name),
    labels: { "app.kubernetes.io/version": "v2.9.4", "app.kubernetes.io/part-of": "flux" },
  },
  spec: { replicas: 1, selector: { matchLabels: { app: name } } },
  status: {
    ...(available && { replicas: 1, updatedReplicas: 1, availableReplicas: 1 }),
    observedGeneration: 1,
    conditions: [{ type: "Available", status: available ? "True" : "False" }],
  },
});

const CONTROLLERS = ["source-controller", "kustomize-controller", "helm-controller"];

const ready = { conditions: [{ type: "Ready", status: "True" }] };
export const notReady = (reason: string, message: string) => ({
  conditions: [{ type: "Ready", status: "False", reason, message }],
});

const BY_CALCOM = {
  "kustomize.toolkit.fluxcd.io/name": "calcom",
  "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
};

export const operators = {
  issuer: (status: object): LiveObject => ({
    apiVersion: "cert-manager.k8s.cloudflare.com/v1",
    kind: "OriginIssuer",
    metadata: inNamespace("calcom", "cloudflare"),
    status: { ...status },
  }),
  certificate: (status: object): LiveObject => ({
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { ...inNamespace("calcom", "calcom-tls"), labels: BY_CALCOM },
    status: { ...status },
  }),
  store: (status: object): LiveObject => ({
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name: "azure" },
    status: { ...status },
  }),
  externalSecret: (status: object): LiveObject => ({
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: inNamespace("calcom", "calcom"),
    status: { ...status },
  }),
  pod: (status: object): LiveObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: inNamespace("calcom", "calcom-0"),
    status: { ...status },
  }),
  settings: (annotations: Record<string, string>): LiveObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...inNamespace("calcom", "settings"), annotations, labels: BY_CALCOM },
  }),
};

const CALCOM = {
  sourceRef: { kind: "GitRepository", name: "calcom-app" },
  dependsOn: [{ name: "secrets" }, { name: "issuer" }],
};
const inventory = {
  entries: [
    { id: "calcom_calcom-tls_cert-manager.io_Certificate", v: "v1" },
    { id: "calcom_settings__ConfigMap", v: "v1" },
  ],
};

export const calcom = (status: object = {}, spec: object = {}): FluxObject =>
  fluxObject("Kustomization", "calcom", { spec: { ...CALCOM, ...spec }, status: { inventory, ...status } });

/** Flux's objects, with some put in place of those of their name. */
export const flux = (...changed: readonly FluxObject[]): LiveObject[] =>
  broken(calcom(), ...changed).map(live);

export const withCalcom = (one: FluxObject): LiveObject[] =>
  [...healthyFlux().filter(({ metadata }) => metadata?.name !== "calcom"), one].map(live);

export const around = (changed: Partial<Record<keyof typeof operators, LiveObject>> = {}): LiveObject[] =>
  Object.values({
    issuer: operators.issuer(ready),
    certificate: operators.certificate(ready),
    store: operators.store(ready),
    externalSecret: operators.externalSecret(ready),
    pod: operators.pod(ready),
    settings: operators.settings({}),
    ...changed,
  });

const namespace: LiveObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "flux-system" },
};
const secret = (name: string): LiveObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: inNamespace("flux-system", name),
});

/** @param over conditions that hold otherwise */
export const node = (name: string, over: Readonly<Record<string, object>> = {}): LiveObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  status: {
    conditions: ["MemoryPressure", "DiskPressure", "Ready"].map((type) => ({
      ...{ type, status: type === "Ready" ? "True" : "False" },
      ...over[type],
    })),
  },
});

export const base = [
  node("one"),
  namespace,
  secret("flux-system"),
  ...CONTROLLERS.map((name) => controller(name)),
];

export const healthy: readonly LiveObject[] = [...base, ...flux(), ...around()];

export const failingCalcom = (message: string, spec: object = {}): LiveObject[] =>
  withCalcom(calcom({ conditions: failing(message) }, spec));

export const source = (message: string, secretName: string): FluxObject =>
  fluxObject("GitRepository", "calcom-app", {
    spec: { url: "ssh://git@git.example.com/your-org/calcom.git", secretRef: { name: secretName } },
    status: { conditions: failing(message, "GitOperationFailed") },
  });

/** Led by the Flux Operator, which runs beside Flux's controllers in a version of its own. */
export const operated: readonly LiveObject[] = [
  ...healthy,
  {
    ...controller("flux-operator"),
    metadata: {
      ...inNamespace("flux-system", "flux-operator"),
      labels: { "app.kubernetes.io/name": "flux-operator", "app.kubernetes.io/version": "v0.40.0" },
    },
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: "kustomizations.kustomize.toolkit.fluxcd.io",
      labels: {
        "app.kubernetes.io/managed-by": "flux-operator",
        "fluxcd.controlplane.io/name": "flux",
        "fluxcd.controlplane.io/namespace": "flux-system",
      },
    },
  },
];
