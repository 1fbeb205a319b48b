import { strict as assert } from "node:assert";
import { InputError } from "../../manifests/files";
import { alert, receiver, receiverPath } from "../../manifests/flux/notifications";

describe("notifications", () => {
  it("tell of every Kustomization and HelmRelease by default", () => {
    const { spec } = alert({ name: "a", provider: "slack", eventSeverity: "error" });
    assert.deepEqual(spec, {
      providerRef: { name: "slack" },
      eventSeverity: "error",
      eventSources: [
        { kind: "Kustomization", name: "*" },
        { kind: "HelmRelease", name: "*" },
      ],
    });
  });

  it("know the path of a Receiver's webhook before it is made", () => {
    // printf %s 'tokengithubflux-system' | sha256sum
    const path = "/hook/cadd925a28ae26d23b3f54fc3fa800dbdadb9da71a9380cf4fd051163a050cb3";
    assert.equal(receiverPath("token", { name: "github" }), path);
    assert.equal(receiverPath("token", { name: "github", namespace: "flux-system" }), path);
    assert.notEqual(receiverPath("token", { name: "github", namespace: "apps" }), path);
  });

  it("take a Receiver that is authenticated by OIDC without a token", () => {
    const oidcProviders = [
      { issuerURL: "https://issuer.example.com", validations: [{ expression: "true", message: "no" }] },
    ];
    const resources = [{ kind: "GitRepository", name: "apps" }] as const;
    const { spec } = receiver({ name: "a", type: "generic-oidc", resources, oidcProviders });
    assert.deepEqual((spec as { oidcProviders: unknown }).oidcProviders, oidcProviders);
  });

  const resources = [{ kind: "GitRepository", name: "apps" }] as const;
  const mistakes: Record<string, [() => unknown, string]> = {
    "an Alert of nothing": [
      () => alert({ name: "a", provider: "p", eventSources: [] }),
      "The Alert a has no eventSources.",
    ],
    "a Receiver of nothing": [
      () => receiver({ name: "a", type: "github", secretName: "s", resources: [] }),
      "The Receiver a has no resources.",
    ],
    "a Receiver without a token": [
      () => receiver({ name: "a", type: "github", resources }),
      "The Receiver a of type github needs a secretName.",
    ],
    "a token where OIDC counts": [
      () => receiver({ name: "a", type: "generic-oidc", secretName: "s", resources }),
      "The Receiver a can't have a secretName: its type is generic-oidc.",
    ],
  };
  for (const [mistake, [build, message]] of Object.entries(mistakes)) {
    it(`refuse ${mistake}`, () => {
      assert.throws(build, new InputError(message));
    });
  }
});
