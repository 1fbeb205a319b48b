import { z } from "zod";
import type { App } from "../manifests/app";
import { at, textAt, type Check } from "./settings/checks";
import { NOTHING } from "./settings/faults";
import * as field from "./settings/fields";
import { mapping } from "./settings/fields";
import { gitRef, publicAddress } from "./settings/git-fields";
import { Environment, credential } from "./settings/references";

/** The system's apps, in the order of their waves. */
const APPS = [
  "tofu-controller",
  "external-secrets-crds",
  "vault",
  "airflow",
  "dremio",
  "external-secrets-config",
  "cloudnative-pg",
  "authentik",
  "forgejo",
  "clickhouse",
  "clickstack",
  "grafana",
] as const;

/** The settings that the system's apps have in common. */
export function apps() {
  return mapping({
    domain: field.dnsName("example.com").describe("Domain below which the apps have their hosts."),
    bases: field
      .oneOf(["own", "shared"])
      .default("own")
      .describe(
        "own: this stack writes the bases in flux-apps. shared: another stack does; this one writes its cluster's folder alone.",
      ),
    ingressClass: field
      .anyText("the name of an IngressClass")
      .default("nginx")
      .describe("Ingress controller. It is a matter of the bases, so the same for all clusters."),
    patches: field
      .byName([...APPS], z.array(patch(), { error: "a list of patches" }), "a mapping from apps to patches")
      .default({})
      .describe("What this cluster has otherwise than the bases, by app."),
  });
}

/** https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/ */
function patch() {
  const text = (what: string) => field.anyText(what).optional();
  return mapping({
    patch: field.anyText("a patch in YAML").describe("The patch, strategic merge or JSON."),
    target: mapping({
      group: text("an API group").describe("API group."),
      kind: text("a kind").describe("Kind."),
      name: text("a name").describe("Name."),
      namespace: text("a namespace").describe("Namespace."),
    })
      .optional()
      .describe("What it is for. Left out: what the patch itself names."),
  });
}

/** Vault's own settings. */
export function vault(env: Environment) {
  return mapping({
    adminToken: credential(env)
      .optional()
      .describe(
        "Token that configures Vault, put into the cluster as Secret vault-admin. Left out: somebody puts it there.",
      ),
  }).prefault({});
}

/** Airflow's own settings. */
export function airflow() {
  const secret = (what: string) => field.kubernetesName().optional().describe(what);
  return mapping({
    dags: mapping({
      url: publicAddress("https://github.com/your-org/dags.git").describe("Address."),
      branch: gitRef().default("main").describe("Branch."),
      path: field.repositoryPath().optional().describe("Folder in it. Left out: all of it."),
    })
      .optional()
      .describe("Git repository of the DAGs. Left out: there are none."),
    fernetKeySecret: secret("Secret in its namespace with `fernet-key`. Left out: the chart makes one."),
    webserverSecretKeySecret: secret(
      "Secret in its namespace with `webserver-secret-key`. Left out: the chart makes one.",
    ),
  }).prefault({});
}

/** Git repository of Dremio's chart. */
export function dremioSource() {
  return mapping({
    url: publicAddress("https://github.com/dremio/dremio-cloud-tools")
      .optional()
      .describe("Mirror of the repository."),
    branch: gitRef().optional().describe("Branch."),
  })
    .prefault({})
    .describe("Git repository with Dremio's chart.");
}

/** What is written into the bases has no say where another stack writes them. */
export const checkBases: Check = (raw, report) => {
  if (textAt(raw, "apps.bases") !== "shared") return;
  for (const path of ["charts", "airflow", "dremio", "apps.ingressClass"]) {
    if (at(raw, path) === undefined) continue;
    report(path, {
      allowed: `${NOTHING}: it is a matter of the bases, and handoff:apps.bases is shared`,
      hint: "Set it in the stack that has the bases, or use handoff:apps.patches",
    });
  }
};

/** A cluster's folder is beside those of others: bases are found from there. */
export const checkClusterFolder: Check = (raw, report) => {
  const path = textAt(raw, "fluxRepository.path");
  if (path === undefined || !/^(\.\/)?flux-apps(\/|$)/.test(path)) return;
  report("fluxRepository.path", { allowed: "another folder than flux-apps, which has the bases" });
};

/** The apps with the cluster's own patches. */
export function patched(all: readonly App[], patches: PatchSettings): App[] {
  return all.map((app) => {
    const own = patches[app.name as (typeof APPS)[number]];
    const kustomizations = app.kustomizations.map((part) => ({ ...part, patches: own }));
    return own === undefined || own.length === 0 ? app : { ...app, kustomizations };
  });
}

type PatchSettings = z.output<ReturnType<typeof apps>>["patches"];
