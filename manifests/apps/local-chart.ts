import { createHash } from "node:crypto";
import { helmRelease } from "../flux/helm-release";
import { FLUX_SYSTEM } from "../flux/objects";
import { toYaml, withComments, type Manifest } from "../yaml";

export interface LocalChartOptions {
  /** Of the chart, its folder and its release. */
  readonly name: string;
  readonly namespace: string;
  /** Folder of the app, in which the chart's lies. */
  readonly folder: string;
  /** The release of the operator whose kinds the objects are. */
  readonly operator: string;
  /** File → object. */
  readonly objects: Readonly<Record<string, Manifest>>;
}

/**
 * Objects of kinds that a release beside them brings, as a chart in the repository. A Kustomization can't hold both:
 * the API server would refuse the objects before the release has installed their CRDs, and none of the two would come.
 * A HelmRelease can wait for another one.
 */
export function localChart({ name, namespace, folder, operator, objects }: LocalChartOptions) {
  const templates = Object.fromEntries(
    Object.entries(objects).map(([file, object]) => [`${name}/templates/${file}`, toYaml(object)]),
  );
  // Flux packs the chart anew when its version is another: so it follows from the objects.
  const digest = createHash("sha256").update(JSON.stringify(templates)).digest("hex").slice(0, 8);
  const chart = { apiVersion: "v2", name, version: `1.0.0-h${digest}`, type: "application" };
  return {
    release: helmRelease({
      name,
      namespace,
      dependsOn: [{ name: operator }],
      chart: {
        name: `./${folder}/${name}`,
        version: "*",
        repository: { kind: "GitRepository", name: FLUX_SYSTEM, namespace: FLUX_SYSTEM },
      },
    }),
    files: { [`${name}/Chart.yaml`]: toYaml(withComments(chart, {})), ...templates },
  };
}
