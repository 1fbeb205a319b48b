import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { FluxBootstrap } from "../components/flux/bootstrap";
import { bootstrapped, settledComponents } from "../components/flux/bootstrapped";
import { milliseconds } from "../manifests/flux/names";
import { FLUX_SYSTEM, type KustomizationOptions } from "../manifests/flux/objects";
import { describeDifferences } from "../manifests/flux/read-bootstrap";
import { upgradeNotes } from "../manifests/flux/upgrade";
import { fluxAccess } from "./flux-access";
import type { SharedSettings } from "./settings/schema";

/** Release of a repository that has no Flux yet. */
const VERSION = "v2.9.4";

export interface BootstrapOptions {
  /** @see System.gotkPath */
  readonly ownFolder?: string;
  /** Names of the Secrets that the stack makes beside Flux. */
  readonly secrets: readonly string[];
  /** What Flux applies of the stack. */
  readonly kustomizations: readonly KustomizationOptions[];
}

/**
 * Flux, as `flux bootstrap` leaves it. What the stack leaves out is as the repository has it, so that one that was
 * bootstrapped with other flags, or with another release, is taken over as it is.
 */
export async function bootstrapFlux(
  { cluster, flux, fluxRepository }: Pick<SharedSettings, "cluster" | "flux" | "fluxRepository">,
  kubernetes: KubernetesProvider,
  { ownFolder, secrets, kustomizations }: BootstrapOptions,
): Promise<FluxBootstrap> {
  const { url, fluxUrl, branch, from, path, auth, mode, provider } = fluxRepository;
  const gotkPath = flux.gotkPath ?? ownFolder;
  const found = await bootstrapped({ url, branch, from, auth, path, gotkPath, mode });
  const { version, components, componentsExtra, manifests, manifestsDigest } = flux;
  const { registry, imagePullSecret, tolerationKeys, networkPolicy } = flux;
  const { watchAllNamespaces, logLevel, clusterDomain } = flux;
  const explicit = {
    ...{ version, components, componentsExtra, manifests, manifestsDigest },
    ...{ registry, imagePullSecret, tolerationKeys, networkPolicy },
    ...{ watchAllNamespaces, logLevel, clusterDomain },
  };
  const settled = await settledComponents(explicit, found, VERSION);
  if (settled.differences.length > 0) {
    const lines = describeDifferences(settled.differences, "flux.");
    await pulumi.log.info(`Flux's components change, as the stack says:\n${lines}`);
  }
  const former = settled.differences.find(({ option }) => option === "version")?.found;
  const notes =
    typeof former === "string"
      ? upgradeNotes(former, settled.version, kustomizations, Object.values(found.files))
      : [];
  for (const note of notes) await pulumi.log.warn(note);
  const { interval, secretName, recurseSubmodules, sparseCheckout, registryCreds, controllers, shards } =
    flux;
  return new FluxBootstrap(
    "flux",
    {
      ...{ kubeconfig: cluster.kubeconfig, context: cluster.context, found, gotkPath },
      ...{ version: settled.version, components: settled.components },
      ...{ url: fluxUrl, branch, path, provider, interval },
      auth: (found) => fluxAccess(FLUX_SYSTEM, fluxRepository, found),
      ...{ secretName, recurseSubmodules, sparseCheckout, registry, imagePullSecret, registryCreds },
      ...{ controllers, shards, secrets },
      timeoutSeconds: milliseconds(flux.timeout) / 1000,
    },
    { providers: { kubernetes } },
  );
}
