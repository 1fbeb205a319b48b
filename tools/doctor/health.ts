import { describeUnready } from "../../provider/flux/follow/unready";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { foreignManager } from "../../provider/flux/foreign-manager";
import { lookAtFlux, whyLeaving } from "../../provider/flux/installation";
import { vaultUrl } from "../../stacks/key-vault";
import type { DeliverySettings } from "../../stacks/secret-delivery";
import { isOff, scaleUp } from "../cluster/controllers";
import { type Finding, ok } from "./check";
import type { Patient } from "./patient";

const UPGRADE =
  "the release of `flux.version` brings its definitions; an older Flux is upgraded by `flux migrate` and `flux bootstrap` first";
const VERSION = "app.kubernetes.io/version";

/** Flux's version, and whether its controllers run. */
export async function fluxFindings(patient: Patient): Promise<readonly Finding[]> {
  const cluster = await patient.cluster();
  const [controllers, { present, leaving }, foreign, { unseen }] = await Promise.all([
    patient.controllers(),
    lookAtFlux(cluster),
    foreignManager(cluster),
    patient.flux(),
  ]);
  if (leaving !== undefined) {
    return [
      {
        verdict: "fail",
        text: `the namespace ${FLUX_SYSTEM} is being deleted since ${leaving}:\n${await whyLeaving(cluster)}`,
        fix: "what it waits for has finalizers that nobody takes off; `pulumi up` waits for it, and installs Flux again",
      },
    ];
  }
  if (!present) {
    return [{ verdict: "fail", text: `no Flux in ${FLUX_SYSTEM}`, fix: "`pulumi up` installs it" }];
  }
  const unready = await describeUnready(cluster, controllers);
  if (unready.length > 0) {
    const fix = `mend what the lines say; its logs: kubectl logs -n ${FLUX_SYSTEM} deployment/<name>`;
    return [{ verdict: "fail", text: unready.join("\n"), fix }];
  }
  const off = controllers.filter(isOff);
  const faults = [
    ...off.map((one): Finding => ({
      verdict: "fail",
      text: `${one.metadata?.name ?? ""} is scaled to 0: nothing does its work`,
      fix: scaleUp(one),
    })),
    ...unseen.map(({ kind, why, forbidden }): Finding =>
      forbidden
        ? { verdict: "skipped", text: `the kubeconfig's user may not look: ${why}` }
        : { verdict: "fail", text: `${kind}: ${why}`, fix: UPGRADE },
    ),
  ];
  if (faults.length > 0) return faults;
  const versions = [...new Set(controllers.flatMap(({ metadata }) => metadata?.labels?.[VERSION] ?? []))];
  // The check of the cluster says that the stack may not lead it; until then its release is the other's to choose.
  const wanted = foreign === undefined ? (await patient.stack()).settings.flux.version : undefined;
  const names = controllers.map(({ metadata }) => metadata?.name ?? "").join(", ");
  const text = `${versions.join(", ")}: ${names} run`;
  if (wanted === undefined || versions.every((version) => version === wanted)) return [ok(text)];
  const fix = `\`flux.version\` is ${wanted}: \`pulumi up\` commits it, and Flux upgrades itself`;
  return [{ verdict: "warn", text, fix }];
}

/** Whether the vault answers at all: what External Secrets may read in it, its own store says. */
export async function vaultFindings(patient: Patient): Promise<readonly Finding[]> {
  return await lookAtVault((await patient.stack()).settings);
}

export async function lookAtVault({
  azure,
  secrets = "keyVault",
  sops,
}: Omit<DeliverySettings, "cluster">): Promise<readonly Finding[]> {
  if (azure === undefined || secrets !== "keyVault") {
    return [ok(sops === undefined ? "none is used" : "none: secrets are in git, encrypted by SOPS")];
  }
  const url = vaultUrl(azure);
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(15_000) });
    return [ok(`${url} answers (${String(status)} without signing in)`)];
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    const fix = azure.vault.create
      ? "`pulumi up` creates it; else check the network"
      : "check `azure.vault.name`, the vault's firewall and the network";
    return [{ verdict: "fail", text: `${url} can't be reached: ${why}`, fix }];
  }
}

/** The operator that brings secrets into the cluster; the row about stores and ExternalSecrets says more. */
export async function externalSecretsFindings(patient: Patient): Promise<readonly Finding[]> {
  const cluster = await patient.cluster();
  const labelSelector = "app.kubernetes.io/name=external-secrets";
  const [deployments, known] = await Promise.all([
    cluster.list("apps/v1", "Deployment", undefined, { labelSelector }),
    cluster.resource("external-secrets.io/v1", "ExternalSecret"),
  ]);
  const { azure, secrets = "keyVault" } = (await patient.stack()).settings;
  const needed = azure !== undefined && secrets === "keyVault";
  if (deployments.length === 0 && known === undefined) {
    if (!needed) return [ok("not used")];
    return [
      {
        verdict: "fail",
        text: "isn't installed",
        fix: "see whether Flux has applied its HelmRelease: npm run status",
      },
    ];
  }
  const unready = await describeUnready(cluster, deployments);
  if (unready.length > 0)
    return [{ verdict: "fail", text: unready.join("\n"), fix: "mend what the lines say" }];
  const asked = await cluster.list("external-secrets.io/v1", "ExternalSecret");
  return [ok(`runs; ${String(asked.length)} ExternalSecrets`)];
}
