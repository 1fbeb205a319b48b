import { z } from "zod";
import { FEATURE_GATES } from "../../../manifests/flux/feature-gates";
import {
  DEFAULT_COMPONENTS,
  EXTRA_COMPONENTS,
  type FluxComponent,
} from "../../../manifests/flux/install-manifests";
import { didYouMean } from "../../../manifests/nearest";
import { at, type Check } from "../checks";
import { NOTHING } from "../faults";
import * as field from "../fields";
import { mapping } from "../fields";
import { Environment, credential } from "../references";

export function flux(env: Environment) {
  return mapping({
    version: field
      .text(/^v2\.\d+\.\d+$/, "a release of Flux 2, such as v2.9.4")
      .optional()
      .describe("Release of Flux. Left out: the repository's, else v2.9.4."),
    namespace: z
      .literal("flux-system", { error: "flux-system" })
      .default("flux-system")
      .describe("Fixed: `flux` commands and other tools expect it."),
    components: z
      .array(field.oneOf(DEFAULT_COMPONENTS), { error: "a list of controllers" })
      .optional()
      .describe("Controllers to install. Left out: the repository's, else all four."),
    componentsExtra: z
      .array(field.oneOf(EXTRA_COMPONENTS), { error: "a list of controllers" })
      .optional()
      .describe("Further controllers to install. Left out: the repository's, else none."),
    registry: field
      .anyText("a registry such as ghcr.io/fluxcd")
      .optional()
      .describe("Registry of the controllers' images. Left out: the repository's, else ghcr.io/fluxcd."),
    imagePullSecret: field.kubernetesName().optional().describe("Secret that the images are pulled with."),
    registryCreds: credential(env)
      .optional()
      .describe("`user:password` for the registry: makes `imagePullSecret`. Left out: somebody else does."),
    tolerationKeys: z
      .array(field.anyText("the key of a taint"), { error: "a list of keys of taints" })
      .optional()
      .describe("Taints that the controllers tolerate."),
    networkPolicy: field.flag().optional().describe("Refuse requests of other namespaces, as is usual."),
    watchAllNamespaces: field
      .flag()
      .optional()
      .describe("Look at objects of all namespaces, as is usual, and not of flux-system alone."),
    logLevel: field.oneOf(["debug", "info", "error"]).optional().describe("What the controllers log."),
    clusterDomain: field
      .dnsName("cluster.local")
      .optional()
      .describe("Domain of the cluster's Services, when it isn't cluster.local."),
    secretName: field
      .kubernetesName()
      .optional()
      .describe("Secret by which Flux signs in to its repository. Left out: flux-system."),
    recurseSubmodules: field.flag().optional().describe("Fetch git submodules, too."),
    sparseCheckout: z
      .array(field.repositoryPath(), { error: "a list of folders" })
      .optional()
      .describe("Folders of the repository that Flux fetches; the cluster's must be in one of them."),
    gotkPath: field
      .repositoryPath()
      .optional()
      .describe(
        "Folder of gotk-components.yaml and gotk-sync.yaml. Left out: flux-system in the cluster's folder.",
      ),
    manifests: field
      .anyText("a path")
      .optional()
      .describe("Folder with the release's manifests. Left out: the release is downloaded."),
    manifestsDigest: field
      .text(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 lowercase hexadecimal digits")
      .optional()
      .describe(
        "Digest that the release's archive must have. Left out: the release's own checksum file counts.",
      ),
    interval: field
      .duration()
      .optional()
      .describe("How often Flux looks at its repository. Left out: as the repository says, else 1m."),
    timeout: field.duration().default("5m").describe("How long to wait for the controllers."),
    controllers: field
      .byName(
        [...DEFAULT_COMPONENTS, ...EXTRA_COMPONENTS],
        controller(),
        "a mapping from controllers to their options",
      )
      .default({})
      .describe("Pace and size of controllers, by name."),
    shards: z
      .array(field.kubernetesName(), { error: "a list of names" })
      .default([])
      .describe("Further sets of controllers, for objects with the label sharding.fluxcd.io/key."),
  }).prefault({});
}

function controller() {
  const resources = (what: string) =>
    mapping({
      cpu: field.cpu().optional().describe("CPUs."),
      memory: field.size().optional().describe("Memory."),
    })
      .optional()
      .describe(what);
  return mapping({
    concurrent: field.number(1, 1000).optional().describe("Reconciliations at a time."),
    requeueDependency: field
      .duration()
      .optional()
      .describe("How often an object that waits for others looks again."),
    kubeApiQps: field.number(1, 100_000).optional().describe("Requests to the API server a second."),
    kubeApiBurst: field.number(1, 100_000).optional().describe("Requests above that rate in one go."),
    concurrentSsa: field
      .number(1, 1000)
      .optional()
      .describe("Objects of one Kustomization that kustomize-controller applies at a time."),
    customApplyStageKinds: z
      .array(
        field.text(
          /^([a-z0-9.-]+\/)?[A-Z][A-Za-z0-9]*$/,
          "a kind with its group, such as source.toolkit.fluxcd.io/GitRepository",
        ),
        { error: "a list of kinds" },
      )
      .optional()
      .describe("Kinds that kustomize-controller applies before the others of their Kustomization."),
    gcPercent: field
      .number(1, 10_000)
      .optional()
      .describe("Growth of the heap until garbage is collected, in percent (GOGC)."),
    tmpInMemory: field.size().optional().describe("Size of a /tmp in memory, in place of the node's disk."),
    featureGates: z
      .record(z.string(), z.boolean({ error: "true or false" }), {
        error: "a mapping from features to true or false",
      })
      .optional()
      .describe("Features to switch on or off, such as CancelHealthCheckOnNewRevision."),
    requests: resources("What the pod is promised."),
    limits: resources("What the pod may use at most."),
  });
}

/** Options of a controller that isn't installed, or that its program hasn't got. */
export const checkControllers: Check = (raw, report) => {
  const options = at(raw, "flux.controllers");
  if (typeof options !== "object" || options === null) return;
  const list = (path: string): readonly unknown[] => {
    const value = at(raw, path);
    return Array.isArray(value) ? value : [];
  };
  const installed = [...list("flux.components"), ...list("flux.componentsExtra")];
  const standard = at(raw, "flux.components") === undefined;
  for (const name of Object.keys(options)) {
    const extra = /^(image-.*|source-watcher)$/.test(name);
    if (!installed.includes(name) && (extra || !standard)) {
      const where = extra ? "componentsExtra" : "components";
      report(`flux.controllers.${name}`, { allowed: `${NOTHING}, unless handoff:flux.${where} has it` });
    }
    const waits = !["notification-controller", "image-automation-controller"].includes(name);
    if (!waits && at(raw, `flux.controllers.${name}.requeueDependency`) !== undefined) {
      report(`flux.controllers.${name}.requeueDependency`, {
        allowed: `${NOTHING}: objects of this controller wait for no others`,
      });
    }
    const gates = at(raw, `flux.controllers.${name}.featureGates`);
    const known = FEATURE_GATES[name as FluxComponent] as readonly string[] | undefined;
    for (const gate of typeof gates === "object" && gates !== null ? Object.keys(gates) : []) {
      if (known === undefined || known.includes(gate)) continue;
      report(`flux.controllers.${name}.featureGates.${gate}`, {
        allowed: `${NOTHING}: ${name} has ${known.toSorted().join(", ") || "no features to switch"}`,
        hint: didYouMean(gate, known),
      });
    }
    for (const option of ["concurrentSsa", "customApplyStageKinds"]) {
      const path = `flux.controllers.${name}.${option}`;
      if (name !== "kustomize-controller" && at(raw, path) !== undefined) {
        report(path, { allowed: `${NOTHING}: only kustomize-controller applies objects` });
      }
    }
  }
};
