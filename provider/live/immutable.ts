import type { LiveObject } from "../kubernetes/live-object";

/** A field that the API server lets nobody change. */
export interface ImmutableChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** By kind. Those after `defaulted` have a default: left out before, they may be named. */
const FIELDS: Readonly<
  Record<string, { readonly always: readonly string[]; readonly defaulted?: readonly string[] }>
> = {
  StatefulSet: {
    always: ["spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"],
    defaulted: ["spec.podManagementPolicy"],
  },
  Deployment: { always: ["spec.selector"] },
  DaemonSet: { always: ["spec.selector"] },
  Job: { always: ["spec.template"], defaulted: ["spec.selector", "spec.completionMode"] },
  Service: { always: [], defaulted: ["spec.clusterIP"] },
  PersistentVolumeClaim: {
    always: ["spec.accessModes"],
    defaulted: ["spec.storageClassName", "spec.volumeName", "spec.volumeMode"],
  },
  Secret: { always: [], defaulted: ["type"] },
  RoleBinding: { always: ["roleRef"] },
  ClusterRoleBinding: { always: ["roleRef"] },
  StorageClass: { always: ["provisioner"], defaulted: ["parameters", "reclaimPolicy", "volumeBindingMode"] },
};

/**
 * What of an object can't become as it is wanted, by the rules of the API server
 * (https://kubernetes.io/docs/reference/kubernetes-api/). `before` may have more than is wanted: defaults.
 */
export function immutableChanges(before: LiveObject, after: LiveObject): readonly ImmutableChange[] {
  const { always = [], defaulted = [] } = FIELDS[after.kind ?? ""] ?? {};
  const changed = [...always, ...defaulted].flatMap((field): ImmutableChange[] => {
    const [from, to] = [at(before, field), at(after, field)];
    if (from === undefined && defaulted.includes(field)) return [];
    if (to === undefined ? !always.includes(field) || from === undefined : contains(from, to)) return [];
    return [{ field, from, to }];
  });
  return [...changed, ...shrunk(before, after), ...sealed(before, after)];
}

/** A volume grows, where its class lets it, and never shrinks. */
function shrunk(before: LiveObject, after: LiveObject): ImmutableChange[] {
  if (after.kind !== "PersistentVolumeClaim") return [];
  const field = "spec.resources.requests.storage";
  const [from, to] = [at(before, field), at(after, field)];
  return quantity(to) < quantity(from) ? [{ field, from, to }] : [];
}

/** A ConfigMap or Secret with `immutable: true`. */
function sealed(before: LiveObject, after: LiveObject): ImmutableChange[] {
  if ((before as { readonly immutable?: boolean }).immutable !== true) return [];
  return ["immutable", "data"].flatMap((field) => {
    const [from, to] = [at(before, field), at(after, field)];
    // Values may be secrets.
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ field, from: undefined, to: undefined }];
  });
}

export function at(object: unknown, field: string): unknown {
  return field
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], object);
}

/** True when `live` has everything that is wanted; lists have just that many entries. */
function contains(live: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== "object")
    return live === wanted || (Number.isFinite(quantity(wanted)) && quantity(live) === quantity(wanted));
  if (live === null || typeof live !== "object") return false;
  if (Array.isArray(wanted) && (!Array.isArray(live) || live.length !== wanted.length)) return false;
  return Object.entries(wanted).every(([key, value]) =>
    contains((live as Record<string, unknown>)[key], value),
  );
}

const UNITS: Readonly<Record<string, number>> = { "": 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };

/** A quantity such as `10Gi` as a number; NaN for what is none. */
export function quantity(text: unknown): number {
  const [, amount, unit = "", binary] = /^([0-9.]+)([kKMGTPm]?)(i?)$/.exec(String(text)) ?? [];
  if (amount === undefined) return NaN;
  if (binary !== "i") return Number(amount) * (UNITS[unit] ?? NaN);
  return Number(amount) * 1024 ** ["", "K", "M", "G", "T", "P"].indexOf(unit);
}
