/** Clusters with one fault each. */
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { failing, fluxObject, THEIRS } from "../status/objects";
import { ledOtherwise } from "../status/led-otherwise";
import {
  around,
  base,
  calcom,
  controller,
  failingCalcom,
  flux,
  healthy,
  live,
  node,
  notReady,
  operators,
  source,
  withCalcom,
} from "./clusters";

interface Sick {
  readonly objects: readonly LiveObject[];
  /** The check or row that must come first. */
  readonly first: string;
}

export const sick: Readonly<Record<string, Sick>> = {
  "no Flux": { first: "flux", objects: [node("one"), ...flux(), ...around()] },
  "a controller that doesn't run": {
    first: "flux",
    objects: [...healthy, controller("kustomize-controller", false)],
  },
  "no node that runs": {
    first: "nodes",
    objects: [
      ...healthy.filter(({ kind }) => kind !== "Node"),
      node("one", {
        Ready: {
          status: "Unknown",
          reason: "NodeStatusUnknown",
          message: "Kubelet stopped posting node status.",
        },
      }),
      // Its pods say no more than this.
      ...[controller("kustomize-controller", false)],
    ],
  },
  "a node without room": {
    first: "nodes",
    objects: [
      ...healthy,
      node("two", {
        DiskPressure: {
          status: "True",
          reason: "KubeletHasDiskPressure",
          message: "kubelet has disk pressure",
        },
      }),
      node("three", { Ready: { status: "False", message: "container runtime is down" } }),
    ],
  },
  "a cluster without a node": { first: "nodes", objects: healthy.filter(({ kind }) => kind !== "Node") },
  "a suspended Kustomization": {
    first: "suspended",
    objects: [...base, ...withCalcom(calcom({}, { suspend: true })), ...around()],
  },
  "an object of a shard that isn't there": {
    first: "no-controller-looks-at-it",
    objects: [
      ...base,
      ...flux(),
      ...around(),
      live({
        ...fluxObject("Kustomization", "sharded", { status: { conditions: [], observedGeneration: -1 } }),
        metadata: {
          ...{ name: "sharded", namespace: "flux-system", generation: 1 },
          ...{ labels: { "sharding.fluxcd.io/key": "shard2" }, creationTimestamp: "2026-03-01T10:00:00Z" },
        },
      }),
    ],
  },
  "objects that nobody takes away, or looks at in their namespace": {
    first: "no-controller-looks-at-it",
    objects: [
      ...base,
      ...flux(),
      ...around(),
      live({
        ...fluxObject("Kustomization", "going"),
        metadata: {
          ...{ name: "going", namespace: "flux-system", generation: 2 },
          ...{ deletionTimestamp: "2026-03-01T10:00:00Z", finalizers: ["finalizers.fluxcd.io"] },
        },
      }),
      live({
        ...fluxObject("HelmRelease", "elsewhere", { status: { conditions: [], observedGeneration: -1 } }),
        metadata: { name: "elsewhere", namespace: "team", generation: 1 },
      }),
    ],
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
