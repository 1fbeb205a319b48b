import type { FluxBootstrap } from "../components/flux/bootstrap";
import type { FluxHandoff } from "../components/flux/handoff";
import { addressesOf } from "../components/flux/pending";
import { PatchedSecret } from "../components/kubernetes/patched-secret";
import { secretTexts } from "../components/secrets/file-texts";
import type { Values } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { milliseconds } from "../manifests/flux/names";
import { secretsBy, type Delivery } from "../manifests/layouts/layout";
import type { SharedSettings } from "./settings/schema";

export interface PatchArgs {
  readonly settings: Pick<SharedSettings, "cluster" | "ready">;
  readonly modes: Delivery;
  readonly values: Values;
  readonly bootstrap: FluxBootstrap;
  readonly handoff: FluxHandoff;
}

/**
 * Fills the live Secrets whose placeholders are in git, beside Flux, which makes their namespaces. Those of parked apps
 * leave the cluster; their values stay in the state for the day that they come back.
 */
export function patchSecrets(apps: readonly App[], args: PatchArgs): PatchedSecret[] {
  const { settings, modes, values, bootstrap, handoff } = args;
  const { kubeconfig, context } = settings.cluster;
  const running = apps.filter(({ parked }) => parked !== true);
  return secretsBy("patched", running, modes).map((secret) => {
    const { name, namespace, type } = secret.secret;
    return new PatchedSecret(
      `${namespace}-${name}`,
      {
        ...{ kubeconfig, context, name, namespace, type },
        data: secretTexts(secret, values),
        trigger: bootstrap.namespace,
        pending: addressesOf(handoff.pending),
        timeoutSeconds: milliseconds(settings.ready.timeout) / 1000,
      },
      { dependsOn: handoff.commit },
    );
  });
}
