import { nextStep } from "../../../provider/flux/follow/next-step";
import { inOrder, podTrouble } from "../../../provider/flux/follow/pods";
import type { LiveObject } from "../../../provider/kubernetes/live-object";
import type { Check, Finding } from "../check";
import { ofKind, type Patient } from "../patient";
import { nameOf, unreadyOf } from "./look";

const ORIGIN_CA = "cert-manager.k8s.cloudflare.com/v1";
const CERT_MANAGER = "cert-manager.io/v1";
/** Words of Cloudflare about a token. The issuer itself only looks whether it has one. */
const TOKEN_REFUSED = /authentication error|not authorized|unauthorized/i;

export const certificateStuck: Check = {
  id: "certificate-stuck-issuing",
  title: 'Certificate stuck on "Issuing"',
  async run(patient) {
    const [origin, issuers, certificates] = await Promise.all([
      unreadyOf(patient, ORIGIN_CA, "OriginIssuer", "ClusterOriginIssuer"),
      unreadyOf(patient, CERT_MANAGER, "Issuer", "ClusterIssuer"),
      unreadyOf(patient, CERT_MANAGER, "Certificate"),
    ]);
    return [
      ...[...origin, ...issuers, ...certificates].map(({ key, object, lack }): Finding => ({
        verdict: "fail",
        object: key,
        text: lack,
        fix: TOKEN_REFUSED.test(lack)
          ? `its issuer's API token isn't valid any more: raise \`rotate.originCaToken\`, \`pulumi up\`; then: ${nextStep(object)}`
          : nextStep(object),
      })),
    ];
  },
};

const STORES = "external-secrets.io/v1";

export const secretsDontCome: Check = {
  id: "secrets-do-not-come",
  title: "Secrets don't come from the vault",
  async run(patient) {
    const [stores, secrets] = await Promise.all([
      unreadyOf(patient, STORES, "ClusterSecretStore", "SecretStore"),
      unreadyOf(patient, STORES, "ExternalSecret"),
    ]);
    return [...stores, ...secrets].map(({ key, object, lack }): Finding => ({
      verdict: "fail",
      object: key,
      text: lack,
      fix: /403|forbidden/i.test(lack)
        ? `Azure takes up to half an hour to spread a new role: \`pulumi up\` again; else its identity lacks Key Vault Secrets User`
        : nextStep(object),
    }));
  },
};

export const podStuck: Check = {
  id: "pod-stuck-in-init",
  title: "Pod stuck in Init, or not running",
  async run(patient) {
    const cluster = await patient.cluster();
    const namespaces = await ourNamespaces(patient);
    const [pods, events] = await Promise.all([
      cluster.list("v1", "Pod"),
      cluster.list("v1", "Event", undefined, { fieldSelector: "type=Warning", limit: 1000 }),
    ]);
    return pods.flatMap((pod): Finding[] => {
      const { namespace = "", name = "" } = pod.metadata ?? {};
      const trouble = namespaces.has(namespace) ? podTrouble(pod, inOrder(events)) : undefined;
      if (trouble === undefined || isYoung(pod)) return [];
      const container = /^init container (\S+)/.exec(trouble)?.[1];
      const look =
        container === undefined ? "" : `; its logs: kubectl logs -n ${namespace} ${name} -c ${container}`;
      const fix =
        container === undefined
          ? `kubectl describe pod ${name} -n ${namespace}`
          : `what it waits for may not be ready, such as the database${look}`;
      return [{ verdict: "fail", object: nameOf(pod), text: trouble, fix }];
    });
  },
};

/** Where Flux applied something. */
async function ourNamespaces(patient: Patient): Promise<ReadonlySet<string>> {
  const flux = await patient.flux();
  const entries = ofKind(flux, "Kustomization", "HelmRelease").flatMap(
    ([, { status }]) => status?.inventory?.entries ?? [],
  );
  return new Set(entries.map(({ id }) => id.split("_")[0] ?? "").filter((name) => name !== ""));
}

/** A pod takes its time to start. */
const START = 60_000;

function isYoung({ metadata }: LiveObject): boolean {
  const { creationTimestamp = "" } = (metadata ?? {}) as { readonly creationTimestamp?: string };
  return Date.now() - Date.parse(creationTimestamp) < START;
}

const OFF = "kustomize.toolkit.fluxcd.io/reconcile";

/** Secrets that the program fills carry the annotation for that: no drift. */
export const driftStays: Check = {
  id: "drift-not-reverted",
  title: "Drift not being reverted",
  async run(patient) {
    const cluster = await patient.cluster();
    const flux = await patient.flux();
    const entries = ofKind(flux, "Kustomization").flatMap(
      ([, { status }]) => status?.inventory?.entries ?? [],
    );
    const kinds = new Set(
      entries.map(({ id, v }) => {
        const [, group = "", kind = ""] = /_([^_]*)_([^_]+)$/.exec(id) ?? [];
        return `${group === "" ? v : `${group}/${v}`} ${kind}`;
      }),
    );
    kinds.delete("v1 Secret");
    const labelSelector = "kustomize.toolkit.fluxcd.io/name";
    const lists = await Promise.all(
      [...kinds].map(async (text) => {
        const [apiVersion = "", kind = ""] = text.split(" ");
        return await cluster.list(apiVersion, kind, undefined, { labelSelector });
      }),
    );
    return lists.flat().flatMap((object): Finding[] => {
      if (object.metadata?.annotations?.[OFF]?.toLowerCase() !== "disabled") return [];
      const { namespace, name = "" } = object.metadata;
      const place = namespace === undefined ? "" : ` -n ${namespace}`;
      const fix = `where that isn't meant: kubectl annotate ${(object.kind ?? "").toLowerCase()} ${name}${place} ${OFF}-`;
      return [
        {
          verdict: "warn",
          object: nameOf(object),
          text: `carries ${OFF}: disabled, so Flux leaves it as it is`,
          fix,
        },
      ];
    });
  },
};
