import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  DEFAULT_COMPONENTS,
  EXTRA_COMPONENTS,
  installManifests,
  type InstallOptions,
} from "../../manifests/flux/install-manifests";
import {
  describeDifferences,
  isPlaceholder,
  readInstall,
  readSync,
  settle,
} from "../../manifests/flux/read-bootstrap";
import { syncManifest } from "../../manifests/flux/sync-manifest";

const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    metadata:
      labels: {}
    spec:
      containers:
      - args:
${name === "notification-controller" ? "" : "        - --events-addr=\n"}        - --watch-all-namespaces=true
        - --log-level=info
${/^source/.test(name) ? `        - --storage-adv-addr=${name}.$(RUNTIME_NAMESPACE).svc.cluster.local.\n` : ""}        image: fluxcd/${name}:v1.2.3
        name: manager
`;
const release = Object.fromEntries([
  ["policies.yaml", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\n"],
  ["rbac.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n"],
  ...[...DEFAULT_COMPONENTS, ...EXTRA_COMPONENTS].map((name) => [`${name}.yaml`, deployment(name)] as const),
]) as Record<string, string>;
const standard = readInstall(installManifests(release, { version: "v2.9.4" }));

/** Any flags that `flux bootstrap` takes. */
const flags: fc.Arbitrary<InstallOptions> = fc.record(
  {
    version: fc.constantFrom("v2.8.1", "v2.9.4"),
    components: fc.constantFrom(
      DEFAULT_COMPONENTS,
      ["source-controller", "kustomize-controller"] as const,
      ["kustomize-controller", "source-controller", "helm-controller"] as const,
    ),
    componentsExtra: fc.subarray([...EXTRA_COMPONENTS]),
    registry: fc.constantFrom("ghcr.io/fluxcd", "registry.example.com:5000/flux/mirror", "quay.io", ""),
    imagePullSecret: fc.constantFrom("pull", ""),
    tolerationKeys: fc.subarray(["dedicated", "example.com/flux", "1", "true"]),
    networkPolicy: fc.boolean(),
    watchAllNamespaces: fc.boolean(),
    logLevel: fc.constantFrom("debug", "info", "error"),
    clusterDomain: fc.constantFrom("cluster.local", "example.internal", "k8s"),
  },
  { requiredKeys: ["version"] },
);

describe("readInstall", () => {
  it("finds the flags by which just this file is written again, whatever they were", () => {
    fc.assert(
      fc.property(flags, (options) => {
        const text = installManifests(release, options);
        const found = readInstall(text);
        assert(found !== undefined);
        assert.equal(installManifests(release, found), text);
        // What was given is what is read, and nothing of it differs.
        assert.deepEqual(settle(options, found).differences, []);
      }),
      { numRuns: 40 },
    );
  });

  it("reads what flux bootstrap wrote", () => {
    const text = readFileSync(join(__dirname, "..", "fixtures", "gotk-components.yaml"), "utf8");
    assert.deepEqual(readInstall(text), {
      version: "v2.9.4",
      components: [...DEFAULT_COMPONENTS, "source-watcher"],
      registry: "ghcr.io/fluxcd",
      imagePullSecret: "",
      tolerationKeys: [],
      // The fixture holds Deployments and Services alone.
      networkPolicy: false,
      watchAllNamespaces: true,
      logLevel: "info",
      clusterDomain: "cluster.local",
    });
  });

  it("takes no other file for one of Flux's", () => {
    assert.equal(readInstall("apiVersion: v1\nkind: Namespace\n"), undefined);
    assert.equal(readInstall(""), undefined);
  });
});

describe("readSync", () => {
  it("finds what just this file is written with again", () => {
    const required = { url: "ssh://git@host/org/repo", branch: "main", path: "clusters/prod" };
    for (const more of [
      {},
      { interval: "5m", secretName: "deploy", recurseSubmodules: true, provider: "github" as const },
      { sparseCheckout: ["clusters"], path: "./clusters" },
      { path: "./" },
    ]) {
      const text = syncManifest({ ...required, ...more });
      const found = readSync(text);
      assert(found !== undefined);
      assert.equal(syncManifest(found), text);
    }
  });

  it("takes no other file for one of Flux's", () => {
    for (const text of ["", "# nothing yet\n", "kind: GitRepository\n"])
      assert.equal(readSync(text), undefined);
  });
});

describe("isPlaceholder", () => {
  for (const text of ["", "\n", "# made before bootstrap\n", "---\n# one\n\n  # two\r\n---\n"])
    it(`takes ${JSON.stringify(text)}`, () => {
      assert.equal(isPlaceholder(text), true);
    });
  for (const text of ["a: b\n", "# c\nkind: Namespace\n", "--- a\n", "{}\n"])
    it(`doesn't take ${JSON.stringify(text)}`, () => {
      assert.equal(isPlaceholder(text), false);
    });
});

describe("settle", () => {
  it("keeps what the repository has where the stack says nothing", () => {
    assert(standard !== undefined);
    const found = { ...standard, version: "v2.8.1", logLevel: "debug" as const };
    assert.deepEqual(settle({}, found), { options: found, differences: [] });
    assert.deepEqual(settle({ version: undefined, logLevel: undefined }, found).differences, []);
  });

  it("names what the stack sets otherwise, and the setting that keeps it", () => {
    assert(standard !== undefined);
    const { options, differences } = settle(
      { version: "v2.10.0", tolerationKeys: ["dedicated"], networkPolicy: true },
      { ...standard, networkPolicy: false },
    );
    assert.equal(options.version, "v2.10.0");
    assert.equal(
      describeDifferences(differences, "flux."),
      '  flux.version: "v2.9.4" in the repository, "v2.10.0" in the stack; to keep it write `flux.version: "v2.9.4"`\n' +
        '  flux.tolerationKeys: [] in the repository, ["dedicated"] in the stack; to keep it write `flux.tolerationKeys: []`\n' +
        "  flux.networkPolicy: false in the repository, true in the stack; to keep it write `flux.networkPolicy: false`",
    );
  });
});
