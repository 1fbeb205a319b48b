/** Flux objects as a cluster has them, for what the commands make of them. */
import { type FluxObject, keyOf, type ObjectKey } from "../../provider/flux/follow/flux-object";
import type { EventObject } from "../../provider/flux/follow/pods";
import type { FluxState } from "../../tools/cluster/flux-state";

export const NOW = Date.parse("2026-03-01T12:00:00Z");
const SINCE = "2026-03-01T11:53:00Z";
const OURS = "main@sha1:59032e8d00000000000000000000000000000000";
export const THEIRS = "main@sha1:ffffffff00000000000000000000000000000000";

const READY = [{ type: "Ready", status: "True", message: "Applied", lastTransitionTime: SINCE }];

export function failing(message: string, reason = "BuildFailed") {
  return [{ type: "Ready", status: "False", reason, message, lastTransitionTime: SINCE }];
}

interface Options {
  readonly namespace?: string;
  readonly spec?: FluxObject["spec"];
  readonly status?: FluxObject["status"];
  /** The Kustomization in flux-system that applied it. */
  readonly by?: string;
}

/** One that is ready, with what is put over it. */
export function fluxObject(
  kind: string,
  name: string,
  { namespace = "flux-system", spec, status, by }: Options = {},
) {
  const labels = {
    "kustomize.toolkit.fluxcd.io/name": by ?? "flux-system",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
  };
  const revisions = {
    GitRepository: { artifact: { revision: OURS } },
    Kustomization: { lastAppliedRevision: OURS },
    HelmRelease: { history: [{ chartVersion: "1.17.2" }] },
  }[kind];
  return {
    kind,
    metadata: { name, namespace, generation: 2, labels },
    spec: {
      ...(kind === "Kustomization" && { sourceRef: { kind: "GitRepository", name: "flux-system" } }),
      ...spec,
    },
    status: { observedGeneration: 2, conditions: READY, ...revisions, ...status },
  } satisfies FluxObject;
}

export function stateOf(objects: readonly FluxObject[], warnings: readonly EventObject[] = []): FluxState {
  const key = ({ kind = "", metadata }: FluxObject): ObjectKey =>
    keyOf(kind, metadata?.name ?? "", metadata?.namespace);
  return { objects: new Map(objects.map((object) => [key(object), object])), warnings, unseen: [], idle: [] };
}

export function warning(
  kind: string,
  name: string,
  message: string,
  lastTimestamp = "2026-03-01T11:59:00Z",
): EventObject {
  return {
    type: "Warning",
    message,
    lastTimestamp,
    involvedObject: { kind, name, namespace: "flux-system" },
  };
}

/** A system of two sources, waves and a chart, all well. */
export function healthy(): FluxObject[] {
  return [
    fluxObject("GitRepository", "flux-system", {
      spec: { url: "ssh://git@git.example.com/your-org/flux-config.git" },
    }),
    fluxObject("GitRepository", "calcom-app", {
      spec: { url: "ssh://git@git.example.com/your-org/calcom.git" },
    }),
    fluxObject("HelmRepository", "charts", {
      status: { conditions: undefined },
      spec: { url: "oci://ghcr.io/charts" },
    }),
    fluxObject("Kustomization", "flux-system"),
    fluxObject("Kustomization", "cert-manager"),
    fluxObject("HelmRelease", "cert-manager", {
      namespace: "cert-manager",
      by: "cert-manager",
      spec: {
        chart: { spec: { sourceRef: { kind: "HelmRepository", name: "charts", namespace: "flux-system" } } },
      },
    }),
    fluxObject("Kustomization", "issuer", { spec: { dependsOn: [{ name: "cert-manager" }] } }),
    fluxObject("Kustomization", "secrets"),
    fluxObject("Kustomization", "calcom", {
      spec: {
        sourceRef: { kind: "GitRepository", name: "calcom-app" },
        dependsOn: [{ name: "secrets" }, { name: "issuer" }],
      },
    }),
  ];
}

export const OUTPUTS = {
  revisions: { "flux-system": OURS, "calcom-app": OURS },
  apps: {
    "cert-manager": ["Kustomization flux-system/cert-manager", "HelmRelease cert-manager/cert-manager"],
    calcom: ["Kustomization flux-system/calcom"],
  },
};

/** With some of them put in place of those of their name. */
export function broken(...changed: readonly FluxObject[]): FluxObject[] {
  return healthy().map(
    (object) =>
      changed.find(
        ({ kind, metadata }) => kind === object.kind && metadata?.name === object.metadata?.name,
      ) ?? object,
  );
}
