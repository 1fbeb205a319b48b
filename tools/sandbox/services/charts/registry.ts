/** The reading half of the OCI Distribution API, for charts as `helm push` stores them. */
import type { Reply } from "../http";
import { sha256, type PackedChart } from "./pack";

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const configType = "application/vnd.cncf.helm.config.v1+json";
const chartType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

interface Blob {
  readonly content: Buffer;
  readonly type: string;
}

export class Registry {
  private readonly blobs = new Map<string, Blob>();
  /** Repository to tag to the manifest's digest. */
  private readonly tags = new Map<string, Map<string, string>>();

  add(repository: string, chart: PackedChart): void {
    const { name, version } = chart.metadata;
    const manifest = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: this.store(Buffer.from(JSON.stringify(chart.metadata)), configType),
      layers: [this.store(chart.archive, chartType)],
      annotations: { "org.opencontainers.image.title": name, "org.opencontainers.image.version": version },
    };
    const { digest } = this.store(Buffer.from(JSON.stringify(manifest)), manifestType);
    const tags = this.tags.get(repository) ?? new Map<string, string>();
    // Helm writes the + of a version as _: a tag has no +.
    this.tags.set(repository, tags.set(version.replaceAll("+", "_"), digest));
  }

  private store(content: Buffer, type: string) {
    const digest = `sha256:${sha256(content)}`;
    this.blobs.set(digest, { content, type });
    return { mediaType: type, digest, size: content.length };
  }

  /** Answers for a path below `/v2/`. */
  answer(path: string): Reply {
    if (path === "") return { status: 200, body: {}, headers: version };
    const [, repository = "", kind = "", reference = ""] =
      /^(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(path) ?? [];
    const tags = this.tags.get(repository);
    if (!tags)
      return refusal("NAME_UNKNOWN", `repository ${repository || path} is not known to this registry`);
    if (kind === "tags") {
      if (reference !== "list") return refusal("UNSUPPORTED", "only tags/list is served");
      return { status: 200, body: { name: repository, tags: [...tags.keys()] }, headers: version };
    }
    const digest = kind === "manifests" ? (tags.get(reference) ?? reference) : reference;
    const blob = this.blobs.get(digest);
    if (!blob || (kind === "manifests") !== (blob.type === manifestType)) {
      const code = kind === "manifests" ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN";
      return refusal(code, `${reference} is not in ${repository}`);
    }
    const type = kind === "manifests" ? manifestType : "application/octet-stream";
    const headers = { ...version, "content-type": type, "docker-content-digest": digest };
    return { status: 200, body: blob.content, headers };
  }
}

const version = { "docker-distribution-api-version": "registry/2.0" };

function refusal(code: string, message: string): Reply {
  return { status: 404, body: { errors: [{ code, message }] }, headers: version };
}
