import { strict as assert } from "node:assert";
import { advice } from "../../provider/flux/follow/advice";
import type { FluxObject } from "../../provider/flux/follow/flux-object";

const source: FluxObject = {
  kind: "GitRepository",
  metadata: { name: "calcom-app", namespace: "flux-system" },
  spec: {
    url: "ssh://git.example.com/your-org/calcom.git",
    secretRef: { name: "flux-ssh-auth" },
    ref: { branch: "main" },
  },
};
const app: FluxObject = {
  kind: "Kustomization",
  metadata: { name: "calcom-app", namespace: "flux-system" },
  spec: { path: "./k8s/prod" },
};

/** Messages of source-, kustomize- and helm-controller, and what their advice must name. */
const table: readonly [FluxObject, message: string, advice: RegExp | undefined][] = [
  [
    source,
    "GitOperationFailed: failed to checkout and determine revision: unable to list remote for 'ssh://git.example.com/your-org/calcom.git': ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
    /may not read ssh:\/\/git\.example\.com\/your-org\/calcom\.git with the Secret flux-system\/flux-ssh-auth, which is made of `auth`/,
  ],
  [
    source,
    "GitOperationFailed: failed to checkout and determine revision: unable to clone 'https://git.example.com/x': authentication required: Unauthorized",
    /the right to read it/,
  ],
  [source, "GitOperationFailed: unable to clone: repository not found", /may not read/],
  [source, "still has main@sha1:aa, not yet main@sha1:bb", /a mirror, replica or cache that lags/],
  [source, "has main@sha1:aa, not yet main@sha1:bb", undefined],
  [
    source,
    "GitOperationFailed: unable to list remote: ssh: handshake failed: knownhosts: key mismatch",
    /another key than the one in the Secret flux-system\/flux-ssh-auth.*`auth\.ssh\.knownHosts`/,
  ],
  [source, "GitOperationFailed: ssh: handshake failed: knownhosts: key is unknown", /knownHosts/],
  [
    source,
    `AuthenticationFailed: failed to get secret 'flux-system/flux-ssh-auth': secrets "flux-ssh-auth" not found`,
    /the Secret flux-system\/flux-ssh-auth isn't there/i,
  ],
  [
    source,
    `GitOperationFailed: unable to clone: couldn't find remote ref "refs/heads/main"`,
    /calcom\.git has no branch main: push it, or name one that is there, in `branch`/,
  ],
  [
    source,
    "GitOperationFailed: unable to list remote: dial tcp: lookup git.example.com on 10.0.0.10:53: no such host",
    /can't reach ssh:/,
  ],
  [
    source,
    "GitOperationFailed: tls: failed to verify certificate: x509: certificate signed by unknown authority",
    /`auth\.ca`/,
  ],
  [
    { ...source, spec: { url: "https://git.example.com/x" } },
    "GitOperationFailed: authentication required",
    /with no Secret at all/,
  ],
  [
    {
      kind: "OCIRepository",
      metadata: source.metadata,
      spec: { url: "oci://ghcr.io/your-org/x", secretRef: { name: "ghcr" } },
    },
    "OCIArtifactPullFailed: GET https://ghcr.io/v2/: 403 Forbidden",
    /may not read oci:\/\/ghcr\.io\/your-org\/x with the Secret flux-system\/ghcr: .*`secretRef`/,
  ],
  [
    { kind: "Bucket", metadata: source.metadata, spec: { bucketName: "models", endpoint: "s3.example.com" } },
    "BucketOperationFailed: x509: certificate signed by unknown authority",
    /certificate of bucket models of s3\.example\.com.*`certSecretRef`/,
  ],
  [source, "StorageOperationFailed: no space left on device", undefined],
  [
    app,
    'ReconciliationFailed: CustomResourceDefinition/imagepolicies.image.toolkit.fluxcd.io dry-run failed (Invalid): status.storedVersions[0]: Invalid value: "v1beta1": missing from spec.versions; v1beta1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1beta1',
    /`flux migrate` stores them anew/,
  ],
  [
    app,
    `ReconciliationFailed: OriginIssuer/calcom/prod-issuer dry-run failed: no matches for kind "OriginIssuer" in version "cert-manager.k8s.cloudflare.com/v1"`,
    /has no OriginIssuer of cert-manager\.k8s\.cloudflare\.com\/v1: its definition \(CRD\) is missing.*dependsOn/,
  ],
  [
    app,
    `ReconciliationFailed: Deployment/calcom/calcom dry-run failed (NotFound): namespaces "calcom" not found`,
    /The namespace calcom isn't there/,
  ],
  [
    app,
    "BuildFailed: cannot get sops data key: failed to decrypt: no identity matched any of the recipients",
    /sops\.recipient/,
  ],
  [
    app,
    "ReconciliationFailed: StatefulSet/calcom/calcom-db dry-run failed (Invalid): spec: Forbidden: field is immutable",
    /force: enabled/,
  ],
  [
    app,
    "ArtifactFailed: kustomization path not found: stat /tmp/kustomization-1/k8s/prod: no such file or directory",
    /no folder \.\/k8s\/prod/,
  ],
  [
    app,
    `ReconciliationFailed: ConfigMap/shop/settings dry-run failed (Forbidden): configmaps "settings" is forbidden: unable to create new content in namespace shop because it is being terminated`,
    /The namespace shop is being deleted/,
  ],
  [
    app,
    `ReconciliationFailed: Certificate/shop/tls dry-run failed (InternalError): Internal error occurred: failed calling webhook "webhook.cert-manager.io": failed to call webhook: Post "https://cert-manager-webhook.cert-manager.svc:443/validate": dial tcp 10.0.0.1:443: connect: connection refused`,
    /webhook webhook\.cert-manager\.io .*doesn't answer/,
  ],
  [
    app,
    `ReconciliationFailed: Pod/shop/a dry-run failed (Forbidden): admission webhook "validate.kyverno.svc-fail" denied the request: policy x`,
    /policy of the cluster \(validate\.kyverno\.svc-fail\) refuses/,
  ],
  [app, "HealthCheckFailed: timeout waiting for: [Deployment/calcom/calcom status: 'InProgress']", undefined],
];

describe("advice", () => {
  for (const [object, message, expected] of table) {
    it(`for ${object.kind ?? ""}: ${message.slice(0, 100)}`, () => {
      const text = advice(object, message);
      if (expected === undefined) assert.equal(text, undefined);
      else assert.match(text ?? "", expected);
    });
  }

  it("has none for an object that isn't there", () => {
    assert.equal(advice(undefined, "isn't in the cluster yet"), undefined);
  });
});
