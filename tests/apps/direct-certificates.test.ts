import assert from "node:assert/strict";
import { join } from "node:path";
import { app } from "../../manifests/apps/app";
import { withDirectCertificates } from "../../manifests/apps/direct-certificates";
import { certificate } from "../../manifests/apps/ingress";
import type { SecretsMode } from "../../manifests/secrets/app-secret";
import { assertGolden } from "../golden";
import { placed } from "./placed";

const hello = app({
  name: "hello",
  image: "ghcr.io/your-org/hello:v1.0.0",
  hosts: ["hello.example.com", "www.hello.example.com"],
  ownNamespace: false,
  namespace: "web",
  after: ["web"],
});

describe("withDirectCertificates", () => {
  it("puts Secrets in the place of Certificates, without issuer, its token and the wait for it", () => {
    const direct = withDirectCertificates(hello);
    assert.deepEqual(direct.certificates, [
      { value: "web-hello-tls", hosts: ["hello.example.com", "www.hello.example.com"] },
    ]);
    assertGolden(join(__dirname, "golden", "app-direct-certificate"), placed([direct]).files);
  });

  it("leaves an app as it is that has none, and Certificates of other issuers", () => {
    const plain = app({ name: "hello", image: "ghcr.io/your-org/hello:v1.0.0", after: ["a"] });
    assert.deepEqual(withDirectCertificates(plain), plain);
    const own = certificate({ name: "hello", hosts: ["hello.example.com"] });
    const theirs = { ...own, spec: { ...(own.spec as object), issuerRef: { name: "letsencrypt" } } };
    const other = {
      ...plain,
      kustomizations: [{ name: "hello", manifests: { "certificate.yaml": theirs } }],
    };
    assert.deepEqual(withDirectCertificates(other), other);
  });

  it("goes the way that the Secrets of a system take", () => {
    for (const via of ["patched", undefined] as const satisfies readonly (
      SecretsMode["from"] | undefined
    )[]) {
      const { "secret-hello-tls.yaml": made } = withDirectCertificates(hello, via).kustomizations[0]!
        .manifests!;
      assert.equal((made as { secret: { via?: string } }).secret.via, via);
    }
  });
});
