/** A small chart that is declared instead of written: its files are made of a few lines and shared templates. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Files } from "../../../../manifests/files";
import { toYaml, type Manifest } from "../../../../manifests/yaml";
import { jsonSchema, parseFields, type Shape } from "../../fields";
import type { ChartVersion } from "./pack";

const folder = join(__dirname, "..", "..", "charts");

export interface Chart {
  readonly name: string;
  /** The Helm repository that has it, by its path here. */
  readonly repository?: string;
  /** Its repository in the OCI registry. */
  readonly oci?: string;
  /** Newest first. */
  readonly versions: readonly ChartVersion[];
  /**
   * The values that the real chart documents, in the notation of fields.ts. Real charts take any key and pass over those
   * that they don't know; here one that isn't documented is refused, so that a misspelt value is seen.
   */
  readonly values: string;
  /** Defaults that the templates count on; the others are empty. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Templates by file name. A chart whose templates are files names its folder in `tools/sandbox/charts/`. */
  readonly templates: Files | { readonly folder: string };
  readonly crds?: ChartCrds;
}

interface ChartCrds {
  readonly of: (version: string) => readonly Manifest[];
  /** The value that installs them from the templates; without, they are in the chart's folder `crds/`. */
  readonly when?: string;
}

/** The files of one version, without Chart.yaml. */
export function chartFiles(chart: Chart, { version }: ChartVersion): Files {
  const { templates, crds } = chart;
  const values = parseFields(chart.values);
  const definitions = crds?.of(version) ?? [];
  return {
    "values.yaml": stringify(merged(emptyObjects(values), chart.defaults ?? {})),
    "values.schema.json": JSON.stringify(jsonSchema(values, "values"), undefined, 2) + "\n",
    ...("folder" in templates
      ? templateFiles(templates.folder)
      : {
          ...templateFiles("library"),
          ...Object.fromEntries(Object.entries(templates).map(([name, text]) => [`templates/${name}`, text])),
        }),
    ...Object.fromEntries(
      definitions.map((definition) => {
        const { name } = definition.metadata as { name: string };
        return crds?.when === undefined
          ? [`crds/${name}.yaml`, toYaml(definition)]
          : [
              `templates/crds/${name}.yaml`,
              `{{- if ${crds.when} }}\n${toYaml(kept(definition))}{{- end }}\n`,
            ];
      }),
    ),
  };
}

function templateFiles(name: string): Files {
  const root = join(folder, name);
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    paths.sort().map((path) => [`templates/${path.slice(root.length + 1)}`, readFileSync(path, "utf8")]),
  );
}

/** As the real charts do: uninstalling must not delete everybody's objects. */
function kept(definition: Manifest): Manifest {
  const metadata = definition.metadata as object;
  return { ...definition, metadata: { ...metadata, annotations: { "helm.sh/resource-policy": "keep" } } };
}

/** The objects with named fields, so that a template may ask for what is inside. */
function emptyObjects({ fields = {} }: Shape): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, shape]) =>
      shape.type === "object" ? [[name, emptyObjects(shape)]] : [],
    ),
  );
}

function merged(below: Readonly<Record<string, unknown>>, above: Readonly<Record<string, unknown>>): object {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    result[key] = isRecord(value) && isRecord(result[key]) ? merged(result[key], value) : value;
  }
  return result;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
