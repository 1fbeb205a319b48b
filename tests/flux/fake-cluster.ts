/** An API server of a few objects in memory, for handlers that look at a cluster. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { applied } from "./server-side-apply";

/** apiVersion → kind → [plural, namespaced] */
const KINDS: Readonly<Record<string, Readonly<Record<string, readonly [string, boolean]>>>> = {
  v1: {
    Namespace: ["namespaces", false],
    Node: ["nodes", false],
    Secret: ["secrets", true],
    ConfigMap: ["configmaps", true],
    Service: ["services", true],
    Event: ["events", true],
    Pod: ["pods", true],
    ResourceQuota: ["resourcequotas", true],
    PersistentVolumeClaim: ["persistentvolumeclaims", true],
  },
  "apps/v1": {
    Deployment: ["deployments", true],
    StatefulSet: ["statefulsets", true],
    DaemonSet: ["daemonsets", true],
  },
  "batch/v1": { Job: ["jobs", true] },
  "policy/v1": { PodDisruptionBudget: ["poddisruptionbudgets", true] },
  "apiextensions.k8s.io/v1": { CustomResourceDefinition: ["customresourcedefinitions", false] },
  "source.toolkit.fluxcd.io/v1": {
    GitRepository: ["gitrepositories", true],
    HelmRepository: ["helmrepositories", true],
    OCIRepository: ["ocirepositories", true],
    Bucket: ["buckets", true],
    ExternalArtifact: ["externalartifacts", true],
  },
  "source.extensions.fluxcd.io/v1beta1": { ArtifactGenerator: ["artifactgenerators", true] },
  "fluxcd.controlplane.io/v1": { FluxInstance: ["fluxinstances", true] },
  "kustomize.toolkit.fluxcd.io/v1": { Kustomization: ["kustomizations", true] },
  "helm.toolkit.fluxcd.io/v2": { HelmRelease: ["helmreleases", true] },
  "external-secrets.io/v1": {
    ExternalSecret: ["externalsecrets", true],
    ClusterSecretStore: ["clustersecretstores", false],
  },
  "cert-manager.io/v1": {
    Certificate: ["certificates", true],
    CertificateRequest: ["certificaterequests", true],
  },
  "cert-manager.k8s.cloudflare.com/v1": { OriginIssuer: ["originissuers", true] },
};

type Refusal = readonly [status: number, message: string];

export class FakeCluster {
  readonly objects = new Map<string, LiveObject>();
  /** `METHOD path` of each request. */
  readonly requests: string[] = [];
  /** What the last request of a path asked for, by its Accept header. */
  readonly accepted = new Map<string, string | undefined>();
  /** Answers a dry run of server-side apply; undefined lets it pass. */
  refuse: (object: LiveObject) => Refusal | undefined = () => undefined;
  /** What a dry run is answered with a warning of. */
  warn: (object: LiveObject) => readonly string[] = () => [];
  /** Nothing is answered any more: connections break off. */
  refuseAll = false;
  /** Paths that are answered by a refusal, whoever asks. */
  deny: (path: string) => Refusal | undefined = () => undefined;
  /** Called after each change, as controllers are. */
  react: (object: LiveObject) => void = () => undefined;
  private uid = 0;
  /** What managers applied last, by manager and path. */
  private readonly appliedBy = new Map<string, LiveObject>();
  /** What changed, oldest first; its index + 1 is the version that a list is of. */
  private readonly changes: { readonly path: string; readonly type: string; readonly object: LiveObject }[] =
    [];

  private constructor(private readonly server: Server) {}

  static async start(...objects: readonly LiveObject[]): Promise<FakeCluster> {
    const server = createServer();
    const cluster = new FakeCluster(server);
    server.on("request", (request, response) => {
      if (cluster.refuseAll) {
        request.socket.destroy();
        return;
      }
      void cluster.answer(request).then(([status, body, warnings = []]) => {
        const text = typeof body === "string" ? body : JSON.stringify(body);
        for (const warning of warnings) response.appendHeader("warning", `299 - ${JSON.stringify(warning)}`);
        response.writeHead(status, { "content-type": "application/json" }).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    for (const object of objects) cluster.put(object);
    return cluster;
  }

  get kubeconfig(): string {
    const server = `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      "current-context": "c",
    });
  }

  put(object: LiveObject): LiveObject {
    const path = pathOf(object);
    const before = this.objects.get(path);
    const metadata = { uid: `uid-${String(++this.uid)}`, ...before?.metadata, ...object.metadata };
    const live = { ...before, ...object, metadata };
    this.objects.set(path, live);
    this.changes.push({ path, type: "MODIFIED", object: live });
    return live;
  }

  delete(object: LiveObject): void {
    this.remove(pathOf(object));
  }

  private remove(path: string): void {
    const object = this.objects.get(path);
    if (object !== undefined) this.changes.push({ path, type: "DELETED", object });
    this.objects.delete(path);
    for (const key of this.appliedBy.keys()) if (key.endsWith(` ${path}`)) this.appliedBy.delete(key);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage): Promise<readonly [number, unknown, (readonly string[])?]> {
    const url = new URL(request.url ?? "", "http://c");
    const path = decodeURIComponent(url.pathname);
    this.requests.push(`${request.method ?? ""} ${path}`);
    this.accepted.set(path, request.headers.accept);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const denied = this.deny(path);
    if (denied !== undefined) return [denied[0], { message: denied[1] }];
    const discovery = /^\/api\/(v1)$|^\/apis\/([^/]+\/[^/]+)$/.exec(path);
    if (request.method === "GET" && discovery !== null) return discovered(discovery[1] ?? discovery[2] ?? "");
    const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
    if (request.method === "GET" && group !== undefined) return groupAt(group);
    const found = this.objects.get(path);
    if (request.method === "GET") {
      if (found !== undefined) return [200, found];
      const kind = kindAt(path);
      if (kind === undefined) return gone(path);
      const version = url.searchParams.get("resourceVersion");
      if (url.searchParams.has("watch")) return [200, this.since(Number(version), path, kind)];
      const resourceVersion = String(this.changes.length);
      const labels = url.searchParams.get("labelSelector")?.split(",") ?? [];
      const items = this.list(path, kind).filter((object) =>
        labels.every((label) => hasLabel(object, label)),
      );
      // As the API server: an empty list of metadata alone is none.
      const metadataOnly = request.headers.accept?.includes("PartialObjectMetadataList") === true;
      const none = metadataOnly && items.length === 0;
      return [200, { metadata: { resourceVersion }, items: none ? null : items }];
    }
    if (request.method === "DELETE") {
      this.remove(path);
      return found === undefined ? gone(path) : [200, found];
    }
    const body = JSON.parse(text) as LiveObject;
    if (request.method === "POST") return [201, { ...body, status: { allowed: true } }];
    const applies = request.headers["content-type"]?.includes("apply") === true;
    if (!applies && found === undefined) return gone(path);
    const namespace = /\/namespaces\/([^/]+)\/./.exec(path)?.[1];
    if (namespace !== undefined && !this.objects.has(`/api/v1/namespaces/${namespace}`))
      return [404, { message: `namespaces "${namespace}" not found` }];
    if (url.searchParams.has("dryRun")) {
      const refusal = this.refuse(body);
      return refusal === undefined ? [200, body, this.warn(body)] : [refusal[0], { message: refusal[1] }];
    }
    const manager = `${url.searchParams.get("fieldManager") ?? ""} ${path}`;
    const merged = (
      applies ? applied(found, this.appliedBy.get(manager), body) : merge(found, body)
    ) as LiveObject;
    if (applies) this.appliedBy.set(manager, body);
    const live = this.put({ ...merged, metadata: merged.metadata });
    this.react(live);
    return [200, live];
  }

  /** Of one namespace, or of all. */
  private list(path: string, plural: string): LiveObject[] {
    return [...this.objects].filter(([place]) => isIn(place, path, plural)).map(([, object]) => object);
  }

  /** The events of a watch that ends with what has happened so far. */
  private since(version: number, path: string, plural: string): string {
    return this.changes
      .map(({ object, ...change }, index) => ({
        ...change,
        index,
        object: { ...object, metadata: { ...object.metadata, resourceVersion: String(index + 1) } },
      }))
      .filter((change) => change.index >= version && isIn(change.path, path, plural))
      .map(({ type, object }) => `${JSON.stringify({ type, object })}\n`)
      .join("");
  }
}

/** @param selector `name=value`, or `name` for any value */
function hasLabel({ metadata }: LiveObject, selector: string): boolean {
  const [name = "", value] = selector.split("=");
  const found = metadata?.labels?.[name];
  return value === undefined ? found !== undefined : found === value;
}

/** Whether an object's path is of a list. */
function isIn(place: string, path: string, plural: string): boolean {
  return (
    place.startsWith(path.replace(new RegExp(`/${plural}$`), "/")) &&
    place.replace(/\/[^/]+$/, "").endsWith(`/${plural}`)
  );
}

function pathOf({ apiVersion = "", kind = "", metadata = {} }: LiveObject): string {
  const [plural, namespaced] = KINDS[apiVersion]?.[kind] ?? [`${kind.toLowerCase()}s`, true];
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const folder = namespaced ? `/namespaces/${metadata.namespace ?? ""}` : "";
  return `${root}${folder}/${plural}/${metadata.name ?? ""}`;
}

/** The plural that a list's path ends in; undefined for the path of an object. */
function kindAt(path: string): string | undefined {
  const last = path.split("/").at(-1) ?? "";
  const known = Object.values(KINDS).flatMap((kinds) => Object.values(kinds).map(([plural]) => plural));
  return known.includes(last) ? last : undefined;
}

function discovered(apiVersion: string): readonly [number, unknown] {
  const kinds = KINDS[apiVersion];
  if (kinds === undefined) return gone(apiVersion);
  const resources = Object.entries(kinds).flatMap(([kind, [name, namespaced]]) => [
    { kind, name, namespaced },
    ...(apiVersion.includes(".io/") ? [{ kind, name: `${name}/status`, namespaced }] : []),
  ]);
  return [200, { resources }];
}

function groupAt(group: string): readonly [number, unknown] {
  const versions = Object.keys(KINDS).filter((apiVersion) => apiVersion.startsWith(`${group}/`));
  if (versions.length === 0) return gone(group);
  return [200, { kind: "APIGroup", versions: versions.map((groupVersion) => ({ groupVersion })) }];
}

const gone = (path: string): readonly [number, unknown] => [404, { message: `${path} not found` }];

function merge(live: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(live as object | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merge(result[key], value);
  }
  return result;
}
