/** A cluster whose Flux reads more than git repositories, is led by the Flux Operator, and has several roots. */
import { createHash } from "node:crypto";
import type { FluxObject } from "../../provider/flux/follow/flux-object";
import { fluxObject } from "./objects";

export const PUSHED = "main@sha1:59032e8d00000000000000000000000000000000";
const CUT = "latest@sha256:0a1b2c3d00000000000000000000000000000000000000000000000000000000";
const OCI = "v1.4.0@sha256:4d5e6f7a00000000000000000000000000000000000000000000000000000000";
const BUCKET = "sha256:7a8b9c0d00000000000000000000000000000000000000000000000000000000";

const artifact = { digest: "sha256:aa", revision: PUSHED, url: "http://source-controller/a.tar.gz" };
const OBSERVED = createHash("sha256")
  .update(`repo=[digest=${artifact.digest},revision=${artifact.revision},url=${artifact.url}]`)
  .digest("hex");

/** As source-watcher writes it: its generation stands in the condition alone. */
const inCondition = [
  { type: "Ready", status: "True", observedGeneration: 2, lastTransitionTime: "2026-03-01T11:53:00Z" },
];

const operated = {
  "fluxcd.controlplane.io/name": "flux",
  "fluxcd.controlplane.io/namespace": "flux-system",
};

function labelled(object: FluxObject, labels: Readonly<Record<string, string>> = {}): FluxObject {
  return { ...object, metadata: { ...object.metadata, labels } };
}

const reading = (kind: string, name: string) => ({ sourceRef: { kind, name } });

/** @param more annotations of the generator, what it last cut from */
export function ledOtherwise({
  annotations,
  observed = OBSERVED,
}: { annotations?: Record<string, string>; observed?: string } = {}): FluxObject[] {
  const generator = fluxObject("ArtifactGenerator", "apps", {
    spec: {
      sources: [{ alias: "repo", kind: "GitRepository", name: "flux-system" }],
      artifacts: [{ name: "hello" }],
    },
    status: {
      ...{ observedGeneration: undefined, conditions: inCondition },
      observedSourcesDigest: `sha256:${observed}`,
    },
  });
  return [
    labelled(
      fluxObject("FluxInstance", "flux", { status: { lastAppliedRevision: "v2.9.4@sha256:1234567890" } }),
    ),
    labelled(fluxObject("GitRepository", "flux-system", { status: { artifact } }), operated),
    labelled(fluxObject("Kustomization", "flux-system"), operated),
    { ...generator, metadata: { ...generator.metadata, annotations } },
    // Nobody fetches it, and its maker says no generation at all.
    fluxObject("ExternalArtifact", "hello", {
      status: {
        ...{ observedGeneration: undefined, artifact: { revision: CUT } },
        conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-03-01T11:53:00Z" }],
      },
    }),
    fluxObject("Kustomization", "hello", {
      spec: reading("ExternalArtifact", "hello"),
      status: { lastAppliedRevision: CUT },
    }),
    labelled(
      fluxObject("OCIRepository", "tenants", {
        spec: { url: "oci://ghcr.io/your-org/tenants" },
        status: { artifact: { revision: OCI } },
      }),
    ),
    labelled(
      fluxObject("Kustomization", "tenants", {
        spec: reading("OCIRepository", "tenants"),
        status: { lastAppliedRevision: OCI },
      }),
    ),
    fluxObject("Kustomization", "tenant-a", {
      ...{ by: "tenants", spec: reading("OCIRepository", "tenants") },
      status: { lastAppliedRevision: OCI },
    }),
    labelled(
      fluxObject("Bucket", "models", {
        spec: { suspend: true, endpoint: "s3.example.com", bucketName: "models" },
        status: { artifact: { revision: BUCKET } },
      }),
    ),
    labelled(
      fluxObject("Kustomization", "models", {
        spec: reading("Bucket", "models"),
        status: { lastAppliedRevision: BUCKET },
      }),
    ),
  ];
}
