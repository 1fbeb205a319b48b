import { strict as assert } from "node:assert";
import { parse } from "yaml";
import { InputError } from "../../manifests/files";
import { helmRelease } from "../../manifests/flux/helm-release";
import { duration, namespaceName, rfc1123Name } from "../../manifests/flux/names";
import {
  gitRepository,
  helmRepository,
  kustomization,
  kustomizeConfig,
  ociRepository,
} from "../../manifests/flux/objects";
import { toYaml } from "../../manifests/yaml";

describe("Flux objects", () => {
  it("writes what flux bootstrap writes", () => {
    const source = gitRepository({
      name: "flux-system",
      url: "https://git.example.com/c.git",
      ref: { branch: "main" },
    });
    assert.match(
      toYaml(source),
      /^apiVersion: source\.toolkit\.fluxcd\.io\/v1\nkind: GitRepository\nmetadata:\n {2}name: flux-system\n/,
    );
    assert.equal(
      toYaml(kustomization({ name: "apps", path: "./apps" })),
      [
        "apiVersion: kustomize.toolkit.fluxcd.io/v1",
        "kind: Kustomization",
        "metadata:",
        "  name: apps",
        "  namespace: flux-system",
        "spec:",
        "  interval: 10m",
        "  prune: true",
        "  sourceRef:",
        "    kind: GitRepository",
        "    name: flux-system",
        "    namespace: flux-system",
        "  path: ./apps",
        "",
      ].join("\n"),
    );
    assert.equal(
      toYaml(kustomizeConfig(["gotk-components.yaml", "gotk-sync.yaml"])),
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- gotk-components.yaml\n- gotk-sync.yaml\n",
    );
  });

  it("writes every field of a Kustomization", () => {
    const { spec } = kustomization({
      name: "app",
      dependsOn: [{ name: "ns" }, { name: "db", namespace: "data" }],
      path: "./k8s",
      sourceRef: { kind: "OCIRepository", name: "app" },
      interval: "1h",
      retryInterval: "1m",
      timeout: "5m",
      prune: false,
      wait: true,
      targetNamespace: "app",
      sopsSecretName: "sops-age",
    });
    assert.deepEqual(spec, {
      dependsOn: [{ name: "ns" }, { name: "db", namespace: "data" }],
      interval: "1h",
      retryInterval: "1m",
      timeout: "5m",
      prune: false,
      wait: true,
      sourceRef: { kind: "OCIRepository", name: "app" },
      path: "./k8s",
      targetNamespace: "app",
      decryption: { provider: "sops", secretRef: { name: "sops-age" } },
    });
  });

  it("takes a chart from a Helm repository or a registry", () => {
    const fromRepository = helmRelease({
      name: "a",
      chart: { name: "a", version: "1.0.0", repository: { name: "r", namespace: "flux-system" } },
    });
    assert.match(
      toYaml(fromRepository),
      /sourceRef:\n {8}kind: HelmRepository\n {8}name: r\n {8}namespace: flux-system\n/,
    );
    const fromRegistry = helmRelease({ name: "a", chart: { ociRepository: { name: "a" } } });
    assert.match(toYaml(fromRegistry), /chartRef:\n {4}kind: OCIRepository\n {4}name: a\n/);
    const registry = toYaml(
      ociRepository({ name: "a", url: "oci://r/a", tag: "1.0.0", insecure: true, helmChart: true }),
    );
    assert.match(registry, /insecure: true\n {2}layerSelector:\n/);
  });

  it("puts a release into another namespace, after others", () => {
    const { spec } = helmRelease({
      name: "my-app",
      chart: { name: "my-chart", version: ">=2.0.0 <3.0.0", repository: { name: "r" } },
      dependsOn: [{ name: "cert-manager", namespace: "cert-manager" }],
      targetNamespace: "my-app",
      createNamespace: true,
      values: { replicaCount: 1 },
    });
    assert.deepEqual(parse(toYaml({ apiVersion: "v1", kind: "Spec", spec })), {
      apiVersion: "v1",
      kind: "Spec",
      spec: {
        dependsOn: [{ name: "cert-manager", namespace: "cert-manager" }],
        interval: "30m",
        targetNamespace: "my-app",
        chart: {
          spec: {
            chart: "my-chart",
            version: ">=2.0.0 <3.0.0",
            sourceRef: { kind: "HelmRepository", name: "r" },
          },
        },
        install: {
          createNamespace: true,
          strategy: { name: "RetryOnFailure", retryInterval: "1m" },
          crds: "CreateReplace",
        },
        upgrade: { strategy: { name: "RetryOnFailure", retryInterval: "1m" }, crds: "CreateReplace" },
        values: { replicaCount: 1 },
      },
    });
  });

  it("takes a chart as chartRef has it, or out of a folder", () => {
    const chartRef = { kind: "ExternalArtifact", name: "a", namespace: "b" } as const;
    const { spec } = helmRelease({ name: "a", chart: { chartRef } });
    assert.deepEqual((spec as { chartRef: unknown }).chartRef, chartRef);
    const repository = { kind: "GitRepository", name: "r" } as const;
    const fromFolder = helmRelease({ name: "a", chart: { name: "./charts/a", version: "*", repository } });
    assert.match(
      toYaml(fromFolder),
      /chart: \.\/charts\/a\n {6}version: '\*'\n {6}sourceRef:\n {8}kind: GitRepo/,
    );
  });

  it("leaves a failed release to the remediation that is given, and to nothing else", () => {
    const { spec } = helmRelease({
      name: "a",
      chart: { ociRepository: { name: "a" } },
      install: { remediation: { retries: 3 } },
      upgrade: { strategy: { name: "RemediateOnFailure" }, crds: "Skip" },
    });
    const { install, upgrade } = spec as Record<string, unknown>;
    assert.deepEqual(install, {
      createNamespace: undefined,
      strategy: undefined,
      crds: "CreateReplace",
      remediation: { retries: 3 },
    });
    assert.deepEqual(upgrade, { strategy: { name: "RemediateOnFailure" }, crds: "Skip" });
  });

  const mistakes: Record<string, [() => unknown, RegExp]> = {
    "an scp-like address": [
      () => gitRepository({ name: "a", url: "git@h:a/b.git" }),
      /write ssh:\/\/git@host\/path/,
    ],
    "a registry as Helm repository": [() => helmRepository({ name: "a", url: "oci://r" }), /https:\/\//],
    "a registry without oci://": [() => ociRepository({ name: "a", url: "r/a", tag: "1" }), /oci:\/\//],
    "a Helm repository in a registry without oci://": [
      () => helmRepository({ name: "a", url: "https://r", type: "oci" }),
      /must start with oci:\/\/ \(its type is oci\)/,
    ],
    "a registry without a tag": [
      () => ociRepository({ name: "a", url: "oci://r/a" }),
      /either a tag or a ref/,
    ],
    "a registry with two tags": [
      () => ociRepository({ name: "a", url: "oci://r/a", tag: "1", ref: { tag: "2" } }),
      /either a tag or a ref/,
    ],
    "a chart with layers of its own": [
      () => ociRepository({ name: "a", url: "oci://r/a", tag: "1", helmChart: true, layerSelector: {} }),
      /both helmChart and layerSelector/,
    ],
    "two ways to decrypt": [
      () => kustomization({ name: "a", path: "./", sopsSecretName: "b", decryption: { provider: "sops" } }),
      /The Kustomization a has both decryption and sopsSecretName/,
    ],
    "a malformed interval": [
      () => kustomization({ name: "a", path: "./", interval: "10 minutes" }),
      /interval: "10 minutes" is no duration; write it as 90s, 10m or 1h30m/,
    ],
    "an upper-case name": [() => kustomization({ name: "Calcom", path: "./" }), /"Calcom" may hold only a–z/],
    "a namespace with a dot": [
      () => kustomization({ name: "a", namespace: "a.b", path: "./" }),
      /must not hold a "\."/,
    ],
    "a long release name": [
      () => helmRelease({ name: "a", releaseName: "a".repeat(54), chart: { ociRepository: { name: "a" } } }),
      /longer than 53/,
    ],
  };
  for (const [mistake, [build, message]] of Object.entries(mistakes)) {
    it(`refuses ${mistake}`, () => {
      assert.throws(build, (error) => error instanceof InputError && message.test(error.message));
    });
  }
});

describe("names", () => {
  it("takes what Kubernetes and Go take", () => {
    for (const text of ["90s", "10m0s", "1h30m", "1.5h", "500ms"])
      assert.equal(duration(text, "interval"), text);
    for (const text of ["", "10", "1d", "-1m", "10m "])
      assert.throws(() => duration(text, "interval"), InputError);
    for (const text of ["a", "a-b.c", "0a"]) assert.equal(rfc1123Name(text), text);
    for (const text of ["", "-a", "a-", "a..b", "a_b", "a/b", "a".repeat(254)]) {
      assert.throws(() => rfc1123Name(text), InputError);
    }
    assert.throws(() => namespaceName("a".repeat(64)), /longer than 63/);
  });
});
