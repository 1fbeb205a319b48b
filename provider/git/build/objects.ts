import { yamlData } from "../../../manifests/yaml-data";

/** A Kubernetes object as its file names it. */
export interface ObjectName {
  /** API group, without the version: kustomize tells two versions apart, the API server doesn't. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The objects of a file; a text says why kustomize wouldn't take it as a resource. */
export type Objects = readonly ObjectName[] | string;

/**
 * What kustomize would load from a file of resources.
 * @param strict reads every line, which takes its time; else of the usual form of an object its name alone
 */
export function objectsIn(text: string, strict = false): Objects {
  const objects: ObjectName[] = [];
  const separator = strict ? /^---[ \t]*[^\s#].*$/m.exec(text)?.[0] : undefined;
  if (separator !== undefined) return `has a line that kustomize takes for a document's end: ${separator}`;
  for (const part of text.replace(/^\uFEFF/, "").split(/^---(?=\s|$)/m)) {
    const quick = strict ? undefined : scan(part);
    if (quick !== undefined) {
      objects.push(...quick);
      continue;
    }
    // kustomize takes `no` for a text, as YAML 1.2 does.
    const documents = yamlData(part, "1.2");
    if (typeof documents === "string") return documents;
    for (const document of documents) {
      const found = named(document);
      if (typeof found === "string") return found;
      objects.push(...found);
    }
  }
  return objects;
}

const PLAIN = String.raw`(?:"([^"\\\n]*)"|'([^'\n]*)'|([A-Za-z0-9][A-Za-z0-9./-]*))[ \t]*(?:#.*)?\r?$`;
const API_VERSION = new RegExp(`^apiVersion: +${PLAIN}`, "m");
const KIND = new RegExp(`^kind: +${PLAIN}`, "m");

/** The usual form of an object, read without a parser, which takes most of the time for a large repository. */
function scan(part: string): readonly ObjectName[] | undefined {
  if (/^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(?:#.*)?$/.test(part)) return [];
  const [apiVersion, kind] = [value(API_VERSION.exec(part)), value(KIND.exec(part))];
  const metadata = /^metadata:[ \t]*\r?\n((?:(?: +.*|[ \t]*(?:#.*)?)(?:\r?\n|$))+)/m.exec(part)?.[1];
  const indent = metadata === undefined ? undefined : /^ +(?=[^ #\r\n])/m.exec(metadata)?.[0];
  if (apiVersion === undefined || kind === undefined || kind.endsWith("List")) return undefined;
  if (metadata === undefined || indent === undefined) return undefined;
  const field = (name: string): string | undefined =>
    value(new RegExp(`^${indent}${name}: +${PLAIN}`, "m").exec(metadata));
  const name = field("name");
  if (name === undefined || name === "") return undefined;
  const namespace = field("namespace");
  if (namespace === undefined && /^ +["']?namespace/m.test(metadata)) return undefined;
  return [
    {
      ...{ group: groupOf(apiVersion), version: versionOf(apiVersion), kind, name },
      namespace: namespace ?? "",
    },
  ];
}

function value(match: RegExpExecArray | null): string | undefined {
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

export function versionOf(apiVersion: string): string {
  return apiVersion.split("/").at(-1) ?? "";
}

function named(data: unknown): Objects {
  if (data === null || data === undefined) return [];
  if (typeof data !== "object" || Array.isArray(data)) return "holds no Kubernetes object";
  if (Object.keys(data).length === 0) return [];
  const { apiVersion, kind, metadata, items } = data as Record<string, unknown>;
  if (typeof kind !== "string" || kind === "") return "holds no Kubernetes object: `kind` is missing";
  if (kind.endsWith("List") && (Array.isArray(items) || items === null)) {
    const lists = (items ?? []).map(named);
    return (
      lists.find((list) => typeof list === "string") ?? lists.flat().filter((one) => typeof one !== "string")
    );
  }
  const { name, namespace } = (metadata ?? {}) as Record<string, unknown>;
  if (typeof apiVersion !== "string") return "holds no Kubernetes object: `apiVersion` is missing";
  // What YAML takes for a number kustomize takes for its text.
  const text = typeof name === "number" || typeof name === "boolean" ? String(name) : name;
  if (typeof text !== "string" || text === "") return `holds a ${kind} without \`metadata.name\``;
  return [
    {
      ...{ group: groupOf(apiVersion), version: versionOf(apiVersion), kind, name: text },
      namespace: typeof namespace === "string" ? namespace : "",
    },
  ];
}

/** Kinds of Kubernetes itself that have no namespace, which a kustomization's `namespace` leaves alone. */
const CLUSTER_WIDE = new Set([
  ...[
    "Namespace",
    "Node",
    "PersistentVolume",
    "StorageClass",
    "CSIDriver",
    "VolumeAttachment",
    "VolumeSnapshotClass",
  ],
  ...[
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "APIService",
    "PriorityClass",
    "IngressClass",
  ],
  ...["RuntimeClass", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "GatewayClass"],
  ...[
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "CertificateSigningRequest",
    "FlowSchema",
  ],
  ...["PriorityLevelConfiguration", "ClusterIssuer", "ClusterSecretStore", "ClusterExternalSecret"],
]);

export function hasNamespace({ kind }: Pick<ObjectName, "kind">): boolean {
  return !CLUSTER_WIDE.has(kind);
}

/** What makes two objects the same one in a build. */
export function objectKey({ group, kind, namespace, name }: ObjectName): string {
  return [group, kind, namespace === "default" ? "" : namespace, name].join("|");
}

/** `Kustomization flux-system/apps` */
export function objectLabel({ kind, namespace, name }: Omit<ObjectName, "group" | "version">): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}
