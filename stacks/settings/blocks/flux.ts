import { z } from "zod";
import { at, type Check } from "../checks";
import { NOTHING } from "../faults";
import * as field from "../fields";
import { mapping } from "../fields";

const CONTROLLERS = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
] as const;
const EXTRA_CONTROLLERS = [
  "image-reflector-controller",
  "image-automation-controller",
  "source-watcher",
] as const;

export function flux() {
  return mapping({
    version: field
      .text(/^v2\.\d+\.\d+$/, "a release of Flux 2, such as v2.9.4")
      .default("v2.9.4")
      .describe("Release of Flux."),
    namespace: z
      .literal("flux-system", { error: "flux-system" })
      .default("flux-system")
      .describe("Fixed: `flux` commands and other tools expect it."),
    components: z
      .array(field.oneOf(CONTROLLERS), { error: "a list of controllers" })
      .default([...CONTROLLERS])
      .describe("Controllers to install."),
    componentsExtra: z
      .array(field.oneOf(EXTRA_CONTROLLERS), { error: "a list of controllers" })
      .default([])
      .describe("Further controllers to install."),
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
    interval: field.duration().default("1m").describe("How often Flux looks at its repository."),
    timeout: field.duration().default("5m").describe("How long to wait for the controllers."),
    controllers: field
      .byName(
        [...CONTROLLERS, ...EXTRA_CONTROLLERS],
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
    for (const option of ["concurrentSsa", "customApplyStageKinds"]) {
      const path = `flux.controllers.${name}.${option}`;
      if (name !== "kustomize-controller" && at(raw, path) !== undefined) {
        report(path, { allowed: `${NOTHING}: only kustomize-controller applies objects` });
      }
    }
  }
};
