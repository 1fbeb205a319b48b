import { compile, type JSONSchema } from "json-schema-to-typescript";
import { format } from "prettier";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

/** What is read of a CustomResourceDefinition. */
interface Crd {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: { readonly properties?: { readonly spec?: Schema } } };
    }[];
  };
}

/** A structural schema: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly [keyword: string]: unknown;
}

/**
 * A module for each CRD in these manifests with its spec's interface, in the version that is stored.
 * @param manifests texts of YAML files.
 * @param origin what the CRDs are of, for the header: `Flux v2.9.4`.
 * @returns file name (`helm-release.ts`) → text, formatted.
 */
export async function crdTypes(
  manifests: readonly string[],
  origin: string,
): Promise<Readonly<Record<string, string>>> {
  const crds = manifests
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Crd | null))
    .filter((object): object is Crd => object?.kind === "CustomResourceDefinition");
  const files = await Promise.all(
    crds.map(async (crd) => [fileName(crd.spec.names.kind), await moduleText(crd, origin)] as const),
  );
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `OCIRepository` → `oci-repository.ts`. */
function fileName(kind: string): string {
  return `${kind.replace(/([a-z])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3-$2$4").toLowerCase()}.ts`;
}

async function moduleText({ spec: { group, names, versions } }: Crd, origin: string): Promise<string> {
  const stored = versions.find(({ storage }) => storage);
  const spec = stored?.schema.openAPIV3Schema.properties?.spec;
  if (stored === undefined || spec === undefined)
    throw new Error(`The CRD of ${names.kind} (${group}) has no spec in a stored version.`);
  const types = await compile(jsonSchema(spec) as JSONSchema, `${names.kind}Spec`, {
    additionalProperties: false,
    bannerComment: "",
    format: false,
    ignoreMinAndMaxItems: true,
    unknownAny: true,
  });
  const header =
    `// Made by \`npm run generate\` from the CRDs of ${origin}; not edited by hand.\n` +
    `// ${names.kind} of ${group}/${stored.name}\n\n`;
  return format(header + readonlyFields(types), { parser: "typescript", printWidth: 110 });
}

/** The schema with what Kubernetes says in words of its own said in those of JSON schema. */
function jsonSchema({ properties, required, items, additionalProperties, ...rest }: Schema): Schema {
  const { description, default: value } = rest;
  return {
    ...rest,
    ...(value !== undefined && {
      description: [description, `@default ${JSON.stringify(value)}`].filter(Boolean).join("\n\n"),
    }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, schema]) => [name, jsonSchema(schema)]),
      ),
      // The API server fills in defaults before it looks for what is required.
      required: (required ?? []).filter((name) => properties[name]?.default === undefined),
    }),
    ...(items !== undefined && { items: jsonSchema(items) }),
    ...(typeof additionalProperties === "object" && {
      additionalProperties: jsonSchema(additionalProperties),
    }),
    ...(rest["x-kubernetes-preserve-unknown-fields"] === true && {
      type: "object",
      additionalProperties: true,
    }),
  };
}

/** The types with `readonly` before every field and list, as the options of builders are. */
function readonlyFields(text: string): string {
  const places: number[] = [];
  const file = ts.createSourceFile("types.ts", text, ts.ScriptTarget.Latest, true);
  const collect = (node: ts.Node): void => {
    if (ts.isPropertySignature(node) || ts.isIndexSignatureDeclaration(node) || ts.isArrayTypeNode(node))
      places.push(node.getStart(file));
    ts.forEachChild(node, collect);
  };
  collect(file);
  return [0, ...places].map((start, index) => text.slice(start, places[index])).join("readonly ");
}
