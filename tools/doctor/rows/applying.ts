import { advice } from "../../../provider/flux/follow/advice";
import { oneLine } from "../../../provider/flux/follow/pods";
import { whyUnready } from "../../../provider/flux/follow/unready";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import type { FluxObject } from "../../../provider/flux/follow/flux-object";
import type { Check, Finding } from "../check";
import { ailing, KIND_WORDS, NAMESPACE_WORDS, SOPS_WORDS } from "./look";

export const sopsFailed: Check = {
  id: "sops-decryption-failed",
  title: "SOPS decryption failed",
  async run(patient) {
    const found = ailing(await patient.flux(), ["Kustomization"]).filter(({ message }) =>
      SOPS_WORDS.test(message),
    );
    if (found.length === 0) return [];
    const cluster = await patient.cluster();
    return await Promise.all(
      found.map(async ({ key, object, message }): Promise<Finding> => {
        const { namespace = FLUX_SYSTEM } = object.metadata ?? {};
        const secret = decryptionSecret(object);
        const there = secret !== undefined && (await cluster.names("v1", "Secret", namespace)).has(secret);
        const fix =
          secret === undefined
            ? "its `decryption.secretRef` names no Secret: with `sops.identity` the program makes sops-age"
            : there
              ? `the Secret ${namespace}/${secret} is there, and hasn't got the key: it must be the private one of \`sops.recipient\``
              : `the Secret ${namespace}/${secret} is missing: \`pulumi up\` makes it again, with \`sops.identity\``;
        return { verdict: "fail", object: key, text: oneLine(message), fix };
      }),
    );
  },
};

function decryptionSecret({ spec }: FluxObject): string | undefined {
  return (spec as { readonly decryption?: { readonly secretRef?: { readonly name?: string } } } | undefined)
    ?.decryption?.secretRef?.name;
}

export const namespaceMissing: Check = {
  id: "namespace-does-not-exist",
  title: "Namespace does not exist",
  async run(patient) {
    return ailing(await patient.flux(), ["Kustomization", "HelmRelease"])
      .filter(({ message }) => NAMESPACE_WORDS.test(message))
      .map(({ key, object, message }): Finding => ({
        verdict: "fail",
        object: key,
        text: oneLine(message),
        fix: advice(object, message),
      }));
  },
};

export const releaseStuck: Check = {
  id: "helm-release-stuck",
  title: "HelmRelease stuck, or a definition missing",
  async run(patient) {
    const flux = await patient.flux();
    const lacking = ailing(flux, ["Kustomization"]).filter(({ message }) => KIND_WORDS.test(message));
    const releases = ailing(flux, ["HelmRelease"], true).filter(
      ({ message }) => !NAMESPACE_WORDS.test(message),
    );
    const cluster = await patient.cluster();
    return await Promise.all(
      [...lacking, ...releases].map(async ({ key, object, message }): Promise<Finding> => {
        const unready = object.kind === "HelmRelease" ? await whyUnready(cluster, object) : [];
        const { name = "", namespace = "" } = object.metadata ?? {};
        const fix =
          advice(object, message) ??
          `its values, its dependencies or its chart: kubectl describe helmrelease ${name} -n ${namespace}`;
        return {
          verdict: "fail",
          object: key,
          text: [oneLine(message), ...unready].join("\n"),
          fix,
        };
      }),
    );
  },
};

/** What no other row knows. */
export const kustomizationFalse: Check = {
  id: "kustomization-is-false",
  title: "Kustomization is False",
  async run(patient) {
    const cluster = await patient.cluster();
    const found = ailing(await patient.flux(), ["Kustomization"]).filter(
      ({ message }) => ![SOPS_WORDS, NAMESPACE_WORDS, KIND_WORDS].some((words) => words.test(message)),
    );
    return await Promise.all(
      found.map(async ({ key, object, message }): Promise<Finding> => {
        const unready = await whyUnready(cluster, object);
        const { name = "", namespace = "" } = object.metadata ?? {};
        const fix = advice(object, message) ?? `kubectl describe kustomization ${name} -n ${namespace}`;
        return {
          verdict: "fail",
          object: key,
          text: [oneLine(message), ...unready].join("\n"),
          fix,
        };
      }),
    );
  },
};
