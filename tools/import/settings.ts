import { parse } from "yaml";
import { DEFAULT_COMPONENTS } from "../../manifests/flux/install-manifests";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import type { Draft } from "../init/draft";
import type { Cluster } from "./clusters";
import type { Repository } from "./repository";

/** Flags of `flux bootstrap` with what each is when nobody gives it. */
const USUAL: Readonly<Record<string, unknown>> = {
  registry: "ghcr.io/fluxcd",
  imagePullSecret: "",
  tolerationKeys: [],
  networkPolicy: true,
  watchAllNamespaces: true,
  logLevel: "info",
  clusterDomain: "cluster.local",
};

/**
 * Puts into a stack's file what the repository says of Flux, so that the first `up` finds nothing to change: release and
 * controllers, and each flag that isn't as usual. Where Flux isn't there yet, the file stays as it begins.
 */
export function prepare(draft: Draft, { branch }: Repository, cluster: Cluster): void {
  const { install, sync, path, gotkPath } = cluster;
  draft.set(["fluxRepository", "branch"], sync?.branch ?? branch ?? "main");
  const usual = [path, FLUX_SYSTEM].filter((part) => part !== "").join("/");
  if (gotkPath !== usual && gotkPath !== path) draft.set(["flux", "gotkPath"], gotkPath);
  if (install !== undefined) {
    const { version, components, ...flags } = install;
    const release = /^v2\.\d+\.\d+$/.test(version);
    // One that the settings don't take is the repository's own when it is left out.
    if (release) draft.set(["flux", "version"], version);
    else draft.remove(["flux", "version"]);
    const own = DEFAULT_COMPONENTS.filter((name) => components.includes(name));
    const extra = components.slice(own.length);
    const inOrder = own.every((name, index) => components[index] === name);
    setOrRemove(draft, "components", inOrder && own.length < DEFAULT_COMPONENTS.length ? own : undefined);
    setOrRemove(draft, "componentsExtra", inOrder && extra.length > 0 ? extra : undefined);
    for (const [name, value] of Object.entries(flags))
      setOrRemove(draft, name, JSON.stringify(value) === JSON.stringify(USUAL[name]) ? undefined : value);
  }
  if (sync !== undefined) {
    const { interval, secretName, recurseSubmodules, sparseCheckout } = sync;
    setOrRemove(draft, "interval", interval === undefined || interval === "1m0s" ? undefined : interval);
    setOrRemove(draft, "secretName", secretName === FLUX_SYSTEM ? undefined : secretName);
    setOrRemove(draft, "recurseSubmodules", recurseSubmodules);
    setOrRemove(draft, "sparseCheckout", sparseCheckout);
  }
}

function setOrRemove(draft: Draft, name: string, value: unknown): void {
  if (value === undefined) draft.remove(["flux", name]);
  else draft.set(["flux", name], value);
}

/** The age public keys of the repository's `.sops.yaml`. */
export function recipientsIn({ text }: Repository): readonly string[] {
  let data: unknown;
  try {
    data = parse(text(".sops.yaml") ?? "", { logLevel: "silent" });
  } catch {
    return [];
  }
  const { creation_rules: rules = [] } = (data ?? {}) as {
    readonly creation_rules?: readonly { readonly age?: unknown }[];
  };
  const keys = rules.flatMap(({ age }) => (typeof age === "string" ? age.split(/[\s,]+/) : []));
  return [...new Set(keys.filter((key) => /^age1[02-9ac-hj-np-z]{58}$/.test(key)))];
}

/** Lines on secrets of a new stack's file. */
export function secretLines(recipients: readonly string[]): string {
  if (recipients.length === 0) return "";
  return `
  # Secrets of this stack's apps are committed encrypted, for the keys of the repository's .sops.yaml.
  handoff:secrets: sops
  handoff:sops:
    # Their private key is in the cluster already: Secret sops-age in flux-system.
    recipients: [${recipients.join(", ")}]
`;
}
