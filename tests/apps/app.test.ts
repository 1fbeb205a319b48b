import { strict as assert } from "node:assert";
import { join } from "node:path";
import { password } from "../../components/secrets/values";
import type { App } from "../../manifests/app";
import { app, type AppOptions } from "../../manifests/apps/app";
import { imageAutomation, imageChoice } from "../../manifests/apps/image-policy";
import { value } from "../../manifests/secrets/secret-text";
import { toYaml } from "../../manifests/yaml";
import { assertGolden } from "../golden";
import { placed } from "./placed";

const golden = (name: string, ...apps: App[]) => {
  assertGolden(join(__dirname, "golden", name), placed(apps).files);
};
const hello = { name: "hello", image: "ghcr.io/your-org/hello:v1.0.0" } as const;

describe("app", () => {
  it("runs an image behind nginx, with a certificate, a Secret and its value", () => {
    const one = app({
      ...hello,
      port: 3000,
      hosts: ["hello.example.com", "www.hello.example.com"],
      secrets: { hello: { USER: "hello", PASSWORD: value("hello-password") } },
      values: { "hello-password": password() },
      env: { LOG_LEVEL: "info" },
      replicas: 2,
      probe: "/healthz",
      resources: { requests: { cpu: "50m", memory: "64Mi" } },
      after: ["calcom-app"],
    });
    golden("app-image", one);
    assert.deepEqual(one.hosts, [{ name: "hello.example.com" }, { name: "www.hello.example.com" }]);
    assert.deepEqual(one.values, { "hello-password": { kind: "password" } });
  });

  it("runs an image whose tag Flux chooses, without hosts", () => {
    const one = app({ ...hello, imagePolicy: { semver: ">=1.0.0 <2.0.0" } });
    const author = { name: "Handoff", email: "handoff@example.com" };
    golden("app-image-policy", one, imageAutomation({ branch: "main", author, policies: ["hello"] }));
    assert.deepEqual(placed([one]).parts[0]!.keep, {
      "infrastructure/hello/deployment.yaml": [
        { kind: "Deployment", path: ["spec", "template", "spec", "containers", 0, "image"] },
      ],
    });
    assert.deepEqual(one.imagePolicies, ["hello"]);
  });

  it("releases a chart behind Traefik", () => {
    const chart = {
      repository: "https://charts.example.com",
      version: "1.2.3",
      name: "podinfo",
      values: { replicaCount: 2 },
    };
    golden(
      "app-chart",
      app({
        name: "hello",
        chart,
        hosts: ["hello.example.com"],
        ingress: "traefik",
        service: "hello-podinfo",
      }),
    );
  });

  it("applies a folder that people keep in the flux repository", () => {
    golden("app-folder", app({ name: "hello", folder: "./apps/hello/" }));
  });

  it("applies a folder of another repository after its Secrets and entrance", () => {
    const source = { url: "https://git.example.com/your-org/hello.git", secretName: "hello-git" };
    const one = app({
      name: "hello",
      folder: "k8s",
      source,
      hosts: ["hello.example.com"],
      secrets: { hello: { PASSWORD: value("hello-password") } },
    });
    golden("app-source", one);
    assert.deepEqual(placed([one]).elsewhere, {});
  });

  it("takes further fields of the Kustomization in place of the defaults", () => {
    const { kustomizations } = app({ ...hello, kustomization: { wait: false, timeout: "20m", force: true } });
    assert.deepEqual(
      kustomizations.map(({ wait, timeout, force, retryInterval }) => [wait, timeout, force, retryInterval]),
      [[false, "20m", true, "1m"]],
    );
  });

  it("waits for the issuer only with a certificate", () => {
    const waits = (more: Partial<AppOptions>) =>
      app({ ...hello, ...more } as AppOptions).kustomizations[0]!.dependsOn?.map(({ name }) => name) ?? [];
    const hosts = ["hello.example.com"];
    assert.deepEqual(waits({}), []);
    assert.deepEqual(waits({ hosts }), ["origin-ca-issuer-controller"]);
    assert.deepEqual(waits({ hosts, certificate: false }), []);
    assert.deepEqual(waits({ hosts, ingress: false }), []);
    assert.deepEqual(waits({ hosts, ingress: "traefik" }), []);
    assert.deepEqual(waits({ hosts, ingress: "traefik", certificate: true }), [
      "origin-ca-issuer-controller",
    ]);
  });

  it("refuses names and hosts that can't be one", () => {
    assert.throws(() => app({ ...hello, name: "Hello" }), /app name/);
    assert.throws(
      () => app({ ...hello, hosts: ["hello"] }),
      /hello has no domain: write hello\.example\.com/,
    );
    assert.throws(() => app({ ...hello, hosts: ["*.example.com"] }), /host of the app hello/);
  });
});

describe("imageChoice", () => {
  const policy = (choice: Parameters<typeof imageChoice>[2], image = "ghcr.io/org/app:v1@sha256:abc") =>
    toYaml(imageChoice("app", image, choice));

  it("reads the tags of the image without tag, digest and the registry's port", () => {
    assert.match(policy({ semver: "1.x" }), /^ {2}image: ghcr\.io\/org\/app$/m);
    assert.match(
      policy({ semver: "1.x" }, "registry.local:5000/app"),
      /^ {2}image: registry\.local:5000\/app$/m,
    );
    assert.match(
      policy({ semver: "1.x" }, "registry.local:5000/app:1"),
      /^ {2}image: registry\.local:5000\/app$/m,
    );
  });

  it("orders tags with a time in them", () => {
    assert.match(policy({ timestamp: true }), /pattern: \^\(\?P<ts>\[0-9\]\{8,\}\)\$\n {4}extract: \$ts/);
    assert.match(policy({ timestamp: "^v(?P<ts>.*)$" }), /pattern: \^v\(\?P<ts>\.\*\)\$/);
    assert.match(
      policy({ sha: "release.1" }),
      /pattern: \^release\\\.1-\[0-9a-f\]\{7,40\}-\(\?P<ts>\[0-9\]\+\)\$/,
    );
    assert.match(policy({ sha: "main" }), /numerical:\n {6}order: asc/);
  });

  it("refuses a pattern that finds no time", () => {
    assert.throws(
      () => policy({ timestamp: "^v.*$" }),
      /imagePolicy of app has the pattern \^v\.\*\$, which finds no time/,
    );
  });
});
