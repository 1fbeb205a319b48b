import assert from "node:assert/strict";
import fc from "fast-check";
import { password } from "../../components/secrets/values";
import type { App } from "../../manifests/app";
import { app } from "../../manifests/apps/app";
import { calcom } from "../../manifests/catalog/calcom/calcom";
import { plainService } from "../../manifests/apps/service";
import { workload } from "../../manifests/apps/workload";
import { certManager } from "../../manifests/catalog/cert-manager";
import { externalSecrets } from "../../manifests/catalog/external-secrets";
import { originCaIssuer } from "../../manifests/catalog/origin-ca-issuer";
import { bundle } from "../../manifests/layouts/bundle";
import { fanOut } from "../../manifests/layouts/fan-out";
import type { Layout, PlacedApp } from "../../manifests/layouts/layout";
import { perApp } from "../../manifests/layouts/per-app";
import { waves } from "../../manifests/layouts/waves";
import { value } from "../../manifests/secrets/secret-text";
import { kustomization } from "../../manifests/flux/objects";
import { toYaml } from "../../manifests/yaml";
import type { Content } from "../../provider/git/content-changes";
import { subject } from "../../provider/git/subject";
import { placed } from "../apps/placed";

/** What apps put into the flux repository, and into their own, in the layout of Cal.com. */
function content(...apps: App[]): Content {
  const { files, elsewhere, parts } = placed(apps);
  return { files: { ...files, ...elsewhere }, edits: editsOf(parts) };
}

function editsOf(parts: readonly Pick<PlacedApp, "edits">[]): Content["edits"] {
  const edits = parts.flatMap((part) => Object.entries(part.edits));
  const paths = [...new Set(edits.map(([path]) => path))];
  return Object.fromEntries(
    paths.map((path) => [path, edits.filter(([other]) => other === path).flatMap(([, list]) => list)]),
  );
}

const hello = (more: Partial<Parameters<typeof app>[0]> = {}) =>
  app({ name: "hello", image: "ghcr.io/your-org/hello:v1.0.0", ...more } as Parameters<typeof app>[0]);
const cal = (image = "calcom/cal.com:v6.2.2", host = "cal.example.com") =>
  calcom({ host, image, appRepository: { url: "https://git.example.com/c.git" }, email: { from: "a@b.c" } });
const issuers = [certManager(), originCaIssuer()];
const store = externalSecrets({ vaultUrl: "https://v.vault.azure.net", auth: { type: "ManagedIdentity" } });

describe("the subject of a commit", () => {
  const cases: Record<string, [before: App[], after: App[], expected: string | undefined]> = {
    "nothing changes": [[cal()], [cal()], undefined],
    "an app comes": [issuers, [...issuers, hello()], "Add hello"],
    "an app with a Kustomization beside it comes": [
      [],
      [
        app({
          name: "hello",
          folder: "apps/hello",
          hosts: ["hello.example.com"],
          secrets: { hello: { A: value("a") } },
          values: { a: password() },
        }),
      ],
      "Add hello",
    ],
    "an app goes": [[...issuers, hello()], issuers, "Remove hello"],
    "apps of several Kustomizations come": [
      [],
      [...issuers, store, cal()],
      "Add calcom, cert-manager, external-secrets, origin-ca-issuer",
    ],
    "one comes and one goes": [[cal()], [hello()], "Add hello; Remove calcom"],
    "an app is parked": [[cal(), hello()], [cal(), { ...hello(), parked: true }], "Park hello"],
    "an app is unparked": [[cal(), { ...hello(), parked: true }], [cal(), hello()], "Unpark hello"],
    "an image changes": [
      [hello()],
      [hello({ image: "ghcr.io/your-org/hello:v1.1.0" })],
      "hello: image v1.0.0 → v1.1.0",
    ],
    "an image gets a digest": [
      [hello({ image: `registry.local:5000/hello@sha256:${"a".repeat(64)}` })],
      [hello({ image: `registry.local:5000/hello@sha256:${"b".repeat(64)}` })],
      `hello: image ${"a".repeat(12)} → ${"b".repeat(12)}`,
    ],
    "a chart changes": [
      [certManager({ chart: { version: "v1.21.2" } })],
      [certManager({ chart: { version: "v1.22.0" } })],
      "cert-manager: chart v1.21.2 → v1.22.0",
    ],
    "a chart in a registry changes": [
      [originCaIssuer({ chart: { version: "0.6.10" } })],
      [originCaIssuer({ chart: { version: "0.6.11" } })],
      "origin-ca-issuer: chart 0.6.10 → 0.6.11",
    ],
    "an image and more change": [
      [hello()],
      [hello({ image: "ghcr.io/your-org/hello:v1.1.0", replicas: 3 })],
      "Update hello",
    ],
    "images of several change": [
      [hello(), app({ name: "other", image: "other:1" })],
      [hello({ image: "ghcr.io/your-org/hello:v1.1.0" }), app({ name: "other", image: "other:2" })],
      "Update hello, other",
    ],
    "an app changes": [[hello()], [hello({ replicas: 2 })], "Update hello"],
    "an app changes and another comes": [
      [hello()],
      [hello({ replicas: 2 }), app({ name: "other", image: "other:1" })],
      "Add other; Update hello",
    ],
  };
  for (const [name, [before, after, expected]] of Object.entries(cases)) {
    it(`when ${name}`, () => {
      assert.equal(subject(content(...before), content(...after)), expected);
    });
  }

  it("tells the image of an app that lies in a repository of its own by the folder", () => {
    assert.equal(
      subject(content(cal()), content(cal("calcom/cal.com:v6.3.0"))),
      "calcom: image v6.2.2 → v6.3.0",
    );
  });

  it("tells nothing but names of files that hold no objects", () => {
    const before = { files: { "docs/readme.md": "a" } };
    assert.equal(subject(before, { files: { "docs/readme.md": "b" } }), "Update docs");
    assert.equal(subject(before, { files: { "docs/readme.md": "kind: {{" } }), "Update docs");
    const rules = (regex: string) => ({
      files: { ".sops.yaml": `creation_rules: [{ path_regex: ${regex} }]\n` },
    });
    assert.equal(subject(rules("a"), rules("b")), "Update .sops.yaml");
  });

  it("is one line of at most 72 characters for whatever changes", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
    const any = fc.uniqueArray(name, { maxLength: 12 }).map((names) => ({
      files: Object.fromEntries(
        names.map((one) => [`c/${one}/a.yaml`, toYaml(kustomization({ name: one, path: `./${one}` }))]),
      ),
    }));
    fc.assert(
      fc.property(any, any, (before, after) => {
        const text = subject(before, after) ?? "";
        assert.ok(text.length <= 72 && !/[\r\n]/.test(text), text);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the subject of a commit that adds a service beside others", () => {
  const clusterPath = "clusters/my-cluster";
  const layouts: Readonly<Record<string, Layout>> = {
    bundle: bundle({ clusterPath }),
    fanOut: fanOut({ clusterPath }),
    perApp: perApp({ clusterPath }),
    waves: waves({ clusterPath, cluster: { name: "my-cluster" } }),
  };
  const service = (name: string): App =>
    plainService({
      name,
      namespace: name,
      manifests: { "deployment.yaml": workload({ name, image: "a:v1" }) },
    });
  for (const [name, layout] of Object.entries(layouts)) {
    it(`names it alone in the layout ${name}, whatever files they share`, () => {
      const of = (...names: string[]): Content => {
        const parts = layout(names.map(service), []);
        return {
          files: Object.assign({}, ...parts.map(({ files }) => files)) as Record<string, string>,
          edits: editsOf(parts),
        };
      };
      assert.equal(subject(of("one", "two"), of("one", "two", "hello")), "Add hello");
      assert.equal(subject(of("one", "two", "hello"), of("one", "two")), "Remove hello");
    });
  }
});
