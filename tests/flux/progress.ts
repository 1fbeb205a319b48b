import { strict as assert } from "node:assert";
import { keyOf, type Condition, type FluxObject } from "../../provider/flux/follow/flux-object";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import { progressOf, type Expectation } from "../../provider/flux/follow/progress";

export const OURS = "main@sha1:0000000000000000000000000000000000000002";
export const OLDER = "main@sha1:0000000000000000000000000000000000000001";
export const NEWER = "main@sha1:0000000000000000000000000000000000000003";
export const TOKEN = "2026-11-20T10:00:00.123Z";
/** Times of the API server, which have no fractions: before the nudge, and after it within the same second. */
export const BEFORE = { lastTransitionTime: "2026-11-20T09:59:59Z" };
export const AFTER = { lastTransitionTime: "2026-11-20T10:00:00Z" };

export const SOURCE = "GitRepository flux-system/flux-system";
export const APP = "Kustomization flux-system/calcom";
export const RELEASE = "HelmRelease cert-manager/cert-manager";

export type Status = NonNullable<FluxObject["status"]>;

export const ready = (message = "done", more: Partial<Condition> = {}): Condition => ({
  type: "Ready",
  status: "True",
  reason: "Succeeded",
  message,
  observedGeneration: 1,
  ...AFTER,
  ...more,
});
export const failed = (reason: string, message: string, more: Partial<Condition> = {}): Condition =>
  ready(message, { status: "False", reason, ...more });

export const source = (
  revision: string | undefined,
  condition: Condition,
  more: Status = {},
  spec = {},
): FluxObject => ({
  kind: "GitRepository",
  metadata: { name: "flux-system", namespace: "flux-system", generation: 1 },
  spec,
  status: { observedGeneration: 1, conditions: [condition], artifact: { revision }, ...more },
});
export const ourSource = source(OURS, ready());

export const kustomization = (
  name: string,
  revision: string | undefined,
  condition: Condition | undefined,
  spec: FluxObject["spec"] = {},
  status: Status = {},
): FluxObject => ({
  kind: "Kustomization",
  metadata: { name, namespace: "flux-system", generation: 1 },
  spec: { sourceRef: { kind: "GitRepository", name: "flux-system" }, ...spec },
  status: {
    observedGeneration: 1,
    lastAppliedRevision: revision,
    conditions: condition === undefined ? [] : [condition],
    ...status,
  },
});

/** What is told of the objects that are expected, when `objects` are in the cluster. */
export function look(
  objects: readonly FluxObject[],
  more: Partial<Expectation> = {},
): readonly ObjectProgress[] {
  const live = objects.map(
    (object) =>
      [keyOf(object.kind ?? "", object.metadata?.name ?? "", object.metadata?.namespace), object] as const,
  );
  const none = { generators: [], kustomizations: [], helmReleases: [] };
  return progressOf(new Map(live), { sources: { [SOURCE]: OURS }, token: TOKEN, ...none, ...more });
}

export const only = (progress: readonly ObjectProgress[], key: string): ObjectProgress => {
  const found = progress.filter((entry) => entry.key === key);
  assert.equal(found.length, 1);
  return found[0]!;
};

/** What is told of the app's Kustomization. */
export const progressOfApp = (
  object: FluxObject | undefined,
  from: FluxObject | undefined = ourSource,
): ObjectProgress =>
  only(
    look(
      [from, object].filter((entry) => entry !== undefined),
      { kustomizations: [APP] },
    ),
    APP,
  );
export const appAt = (
  revision: string | undefined,
  condition?: Condition,
  spec?: FluxObject["spec"],
  status?: Status,
) => kustomization("calcom", revision, condition, spec, status);

export const UNHEALTHY = "health check failed after 1m0s: timeout waiting for [Deployment/calcom/calcom]";
