import type { App, AppKustomization } from "../manifests/app";
import { manifestOf, objectsOf } from "../manifests/layouts/objects";
import type { Manifest } from "../manifests/yaml";

/** Namespaces that the cluster or Flux needs: an app that makes one would take it along when it goes. */
const NEEDED = ["default", "kube-system", "kube-public", "kube-node-lease", "flux-system"];

/**
 * What apps must not make: a namespace that isn't theirs, and an object that another Kustomization makes too. Flux lets
 * the last one that applied an object prune it, so that an app that is removed or parked takes from the other what that
 * one still needs.
 */
export function objectFaults(apps: readonly App[]): string[] {
  const faults = new Set<string>();
  const owners = new Map<string, string>();
  for (const app of apps.filter(({ parked }) => parked !== true)) {
    for (const part of app.kustomizations) {
      for (const { kind, name, key } of madeBy(part)) {
        const other = owners.get(key);
        if (kind === "Namespace" && NEEDED.includes(name)) {
          faults.add(
            `The app ${app.name} would make the namespace ${name}, which isn't an app's: removing the app would delete it. → Give the app another name or namespace.`,
          );
        } else if (other !== undefined && other !== part.name) {
          faults.add(
            `The Kustomizations ${other} and ${part.name} both make ${key}: the one that goes would take it from the other. → ${kind === "Namespace" ? "Give one of them another namespace, or `ownNamespace: false`." : "Give one of them another name or namespace."}`,
          );
        }
        owners.set(key, other ?? part.name);
      }
    }
  }
  return [...faults];
}

interface Made {
  readonly kind: string;
  readonly name: string;
  /** `Kind namespace/name`, whatever the version. */
  readonly key: string;
}

function madeBy({ manifests, targetNamespace }: AppKustomization): Made[] {
  return objectsOf(manifests)
    .map(manifestOf)
    .flatMap((object) => made(object, targetNamespace));
}

function made({ kind, metadata }: Manifest, target: string | undefined): Made[] {
  const { name, namespace } = (metadata ?? {}) as { readonly name?: string; readonly namespace?: string };
  // A kustomization.yaml is read, not applied.
  if (name === undefined) return [];
  const place = kind === "Namespace" ? undefined : (target ?? namespace);
  return [{ kind, name, key: `${kind} ${place === undefined ? "" : `${place}/`}${name}` }];
}
