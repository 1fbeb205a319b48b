import type { Manifest } from "../../../manifests/yaml";
import { jsonSchema, parseFields } from "../fields";

interface CrdOptions {
  readonly group: string;
  readonly kind: string;
  /** @default the kind in small letters with an s */
  readonly plural?: string;
  /** @default "v1" */
  readonly version?: string;
  /** @default "Namespaced" */
  readonly scope?: "Cluster" | "Namespaced";
  readonly shortNames?: readonly string[];
  /** The fields of `spec`, in the notation of fields.ts. */
  readonly spec?: string;
  /** Fields beside `spec`. */
  readonly fields?: string;
  /** @default true */
  readonly status?: boolean;
}

/**
 * A CRD with the names, the scope and the fields that its vendor documents: server-side apply refuses what the real one
 * would. Nested objects that nobody here sets take any field.
 */
function crd(options: CrdOptions): Manifest {
  const { group, kind, version = "v1", scope = "Namespaced", shortNames, spec, status = true } = options;
  const { plural = `${kind.toLowerCase()}s` } = options;
  const text = { type: "string" };
  const free = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const beside = options.fields === undefined ? undefined : jsonSchema(parseFields(options.fields), "crd");
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames },
      scope,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: status ? { status: {} } : undefined,
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: beside?.required,
              properties: {
                apiVersion: text,
                kind: text,
                metadata: { type: "object" },
                spec: spec === undefined ? undefined : jsonSchema(parseFields(spec), "crd"),
                ...(beside?.properties as object | undefined),
                status: status ? free : undefined,
              },
            },
          },
        },
      ],
    },
  };
}

/** Makes the CRDs of one API group: kind to fields of `spec`, or to all options. */
export function crds(
  group: string,
  kinds: Readonly<Record<string, string | Omit<CrdOptions, "group" | "kind">>>,
  common: Pick<CrdOptions, "version" | "status"> = {},
): readonly Manifest[] {
  return Object.entries(kinds).map(([kind, options]) =>
    crd({ group, kind, ...common, ...(typeof options === "string" ? { spec: options } : options) }),
  );
}
