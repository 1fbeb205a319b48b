/** A healthy cluster, and such as have one fault each. */
import type { FluxObject } from "../../provider/flux/follow/flux-object";
import type { LiveObject } from "../../provider/kubernetes/cluster";
import { ledOtherwise } from "../status/led-otherwise";
import { broken, failing, fluxObject, healthy as healthyFlux, THEIRS } from "../status/objects";

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

const controller = (name: string, available = true): LiveObject => ({
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
const notReady = (reason: string, message: string) => ({
  conditions: [{ type: "Ready", status: "False", reason, message }],
});

const BY_CALCOM = {
  "kustomize.toolkit.fluxcd.io/name": "calcom",
  "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
};

const operators = {
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

const calcom = (status: object = {}, spec: object = {}): FluxObject =>
  fluxObject("Kustomization", "calcom", { spec: { ...CALCOM, ...spec }, status: { inventory, ...status } });

/** Flux's objects, with some put in place of those of their name. */
const flux = (...changed: readonly FluxObject[]): LiveObject[] => broken(calcom(), ...changed).map(live);

const withCalcom = (one: FluxObject): LiveObject[] =>
  [...healthyFlux().filter(({ metadata }) => metadata?.name !== "calcom"), one].map(live);

const around = (changed: Partial<Record<keyof typeof operators, LiveObject>> = {}): LiveObject[] =>
  Object.values({
    issuer: operators.issuer(ready),
    certificate: operators.certificate(ready),
    store: operators.store(ready),
    externalSecret: operators.externalSecret(ready),
    pod: operators.pod(ready),
    settings: operators.settings({}),
    ...changed,
  });

const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };
const secret = (name: string): LiveObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: inNamespace("flux-system", name),
});

const base = [namespace, secret("flux-system"), ...CONTROLLERS.map((name) => controller(name))];

export const healthy: readonly LiveObject[] = [...base, ...flux(), ...around()];

export const failingCalcom = (message: string, spec: object = {}): LiveObject[] =>
  withCalcom(calcom({ conditions: failing(message) }, spec));

const source = (message: string, secretName: string): FluxObject =>
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

interface Sick {
  readonly objects: readonly LiveObject[];
  /** The check or row that must come first. */
  readonly first: string;
}

export const sick: Readonly<Record<string, Sick>> = {
  "no Flux": { first: "flux", objects: [...flux(), ...around()] },
  "a controller that doesn't run": {
    first: "flux",
    objects: [...healthy, controller("kustomize-controller", false)],
  },
  "a suspended Kustomization": {
    first: "suspended",
    objects: [...base, ...withCalcom(calcom({}, { suspend: true })), ...around()],
  },
  "a suspended source": {
    first: "suspended",
    objects: [
      ...base,
      ...flux(),
      ...around(),
      live(
        fluxObject("Bucket", "models", { spec: { suspend: true }, status: { artifact: { revision: "x" } } }),
      ),
      live(
        fluxObject("HelmRepository", "charts", {
          spec: { suspend: true, url: "https://charts.example.com" },
        }),
      ),
    ],
  },
  "a generator that somebody disabled": {
    first: "suspended",
    objects: [
      ...base,
      ...flux(),
      ...around(),
      ...ledOtherwise({ annotations: { "source.extensions.fluxcd.io/reconcile": "disabled" } })
        .filter(({ kind, metadata }) => kind === "ArtifactGenerator" || metadata?.name === "hello")
        .map(live),
    ],
  },
  "a registry that refuses": {
    first: "source-not-updating",
    objects: [
      ...base,
      ...flux(),
      ...around(),
      live(
        fluxObject("OCIRepository", "tenants", {
          spec: { url: "oci://ghcr.io/your-org/tenants" },
          status: { conditions: failing("GET https://ghcr.io/v2/: 403 Forbidden", "OCIArtifactPullFailed") },
        }),
      ),
    ],
  },
  "a Secret of a source that is gone": {
    first: "source-not-updating",
    objects: [...base, ...flux(source("failed to get credentials", "flux-ssh-auth")), ...around()],
  },
  "a host with another key": {
    first: "source-not-updating",
    objects: [
      ...base,
      ...flux(source("ssh: handshake failed: knownhosts: key mismatch", "flux-system")),
      ...around(),
    ],
  },
  "a commit that isn't picked up": {
    first: "new-commit-not-picked-up",
    objects: [
      ...base,
      ...flux(
        fluxObject("GitRepository", "calcom-app", { status: { artifact: { revision: THEIRS } } }),
        calcom({ lastAppliedRevision: THEIRS }),
      ).map((object) =>
        object.kind === "Kustomization" && object.metadata?.name === "calcom"
          ? live(calcom({ lastAppliedRevision: THEIRS }))
          : object,
      ),
      ...around(),
    ],
  },
  "SOPS without its key": {
    first: "sops-decryption-failed",
    objects: [
      ...base,
      ...failingCalcom("Secret/calcom/calcom decryption error: cannot get sops data key", {
        decryption: { provider: "sops", secretRef: { name: "sops-age" } },
      }),
      ...around(),
    ],
  },
  "a namespace that isn't there": {
    first: "namespace-does-not-exist",
    objects: [
      ...base,
      ...failingCalcom('ConfigMap/calcom/settings not found: namespaces "calcom" not found'),
      ...around(),
    ],
  },
  "a chart whose definitions are missing": {
    first: "helm-release-stuck",
    objects: [
      ...base,
      ...flux(
        fluxObject("HelmRelease", "cert-manager", {
          namespace: "cert-manager",
          by: "cert-manager",
          status: {
            conditions: failing(
              'no matches for kind "ServiceMonitor" in version "monitoring.coreos.com/v1"',
              "InstallFailed",
            ),
          },
        }),
      ),
      ...around(),
    ],
  },
  "an issuer with a token that isn't valid": {
    first: "certificate-stuck-issuing",
    objects: [
      ...base,
      ...failingCalcom(
        "health check failed after 5m0s: timeout waiting for: [Certificate/calcom/calcom-tls status: 'InProgress']",
      ),
      ...around({
        certificate: operators.certificate({
          conditions: [
            {
              ...{ type: "Issuing", status: "False", reason: "Failed" },
              message:
                "The certificate request has failed to complete and will be retried: Failed permanently to sign CertificateRequest: Cloudflare API: Authentication error (code 10000)",
            },
            ...notReady("DoesNotExist", "Issuing certificate as Secret does not exist").conditions,
          ],
          lastFailureTime: "2026-11-01T10:00:00Z",
        }),
      }),
    ],
  },
  "a vault that refuses": {
    first: "secrets-do-not-come",
    objects: [
      ...base,
      ...flux(),
      ...around({
        externalSecret: operators.externalSecret(notReady("SecretSyncedError", "GET vault: 403 Forbidden")),
      }),
    ],
  },
  "a pod stuck in Init": {
    first: "pod-stuck-in-init",
    objects: [
      ...base,
      ...failingCalcom(
        "health check failed after 5m0s: timeout waiting for: [Deployment/calcom/calcom status: 'InProgress']",
      ),
      ...around({
        pod: operators.pod({
          phase: "Pending",
          conditions: [{ type: "Ready", status: "False" }],
          initContainerStatuses: [{ name: "wait-for-postgres", ready: false, state: { running: {} } }],
        }),
      }),
    ],
  },
  "a folder that isn't in the source": {
    first: "kustomization-is-false",
    objects: [
      ...base,
      ...failingCalcom("kustomization path not found: stat /tmp/k8s/prod: no such file or directory", {
        path: "./k8s/prod",
      }),
      ...around(),
    ],
  },
  "an object that somebody took from Flux": {
    first: "drift-not-reverted",
    objects: [
      ...base,
      ...flux(),
      ...around({ settings: operators.settings({ "kustomize.toolkit.fluxcd.io/reconcile": "disabled" }) }),
    ],
  },
};
