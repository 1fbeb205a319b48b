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

  it("refuses a variable that the container would have from two places", () => {
    const secrets = { hello: { USER: "a", TOKEN: "b" }, more: { TOKEN: "c" } };
    assert.deepEqual(app({ ...hello, env: { USER: "d" }, secrets }).faults, [
      "The app hello: secrets.hello.USER: found a variable that env has, too; allowed: each variable once",
      "The app hello: secrets.more.TOKEN: found a variable that secrets.hello has, too; allowed: each variable once",
    ]);
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

  it("waits for what its own options say beside what it needs", () => {
    const [own] = app({
      ...hello,
      after: ["a"],
      kustomization: { dependsOn: [{ name: "b" }] },
    }).kustomizations;
    assert.deepEqual(own?.dependsOn, [{ name: "a" }, { name: "b" }]);
  });

  it("takes a range of a chart's versions from a registry, too", () => {
    const text = (version: string): string =>
      JSON.stringify(
        app({ name: "hello", chart: { repository: "oci://ghcr.io/org/hello", version } }).kustomizations[0]
          ?.manifests?.["ocirepository.yaml"],
      );
    assert.match(text(">=1.0.0 <2.0.0"), /"ref":\{"semver":">=1\.0\.0 <2\.0\.0"\}/);
    assert.match(text("1.2.3"), /"ref":\{"tag":"1\.2\.3"\}/);
  });

  describe("says what is wrong with its options, which nothing checks when a stack runs", () => {
    const faults = (options: object): readonly string[] => app(options as never).faults ?? [];
    const wrong: Readonly<Record<string, readonly [options: object, ...faults: RegExp[]]>> = {
      "all at once": [
        { name: "Hello", image: "nginx", hosts: ["x", "*.y.com"], port: 0 },
        /^The app Hello: name: found "Hello"; allowed: .*Did you mean hello\?$/,
        /^The app Hello: hosts\.0: found "x"; allowed: a lowercase DNS name such as hello\.example\.com$/,
        /hosts\.1: found "\*\.y\.com"/,
        /image: found "nginx"; allowed: an image with its tag or digest.*Did you mean nginx:v1\.0\.0\?$/,
        /port: found 0; allowed: a whole number from 1 to 65535$/,
      ],
      "an option that isn't one": [
        { ...hello, host: "a.example.com" },
        /host: found an unknown option.*mean hosts\?$/,
      ],
      "a number as a text": [{ ...hello, port: "3000" }, /port: found "3000".*\. Write it without quotes$/],
      "a text as a number, which isn't shown": [
        { ...hello, env: { PIN: 1234 } },
        /env\.PIN: found a number, which is not shown; allowed: a text\. Put it in quotes$/,
      ],
      "a host in capitals, with a dot behind it": [
        { ...hello, hosts: ["A.Example.com."] },
        /Did you mean a\.example\.com\?$/,
      ],
      "a host with other letters": [
        { ...hello, hosts: ["münchen.example.com"] },
        /mean xn--mnchen-3ya\.example\.com\?$/,
      ],
      "a host's address": [{ ...hello, hosts: ["https://a.example.com/x"] }, /mean a\.example\.com\?$/],
      "a host with a part that is too long": [
        { ...hello, hosts: [`${"a".repeat(64)}.example.com`] },
        /hosts\.0/,
      ],
      "an image's address": [{ ...hello, image: "https://ghcr.io/a/b:v1" }, /mean ghcr\.io\/a\/b:v1\?$/],
      "a port in place of a tag": [
        { ...hello, image: "localhost:5000/x" },
        /found "localhost:5000\/x".*mean localhost:5000\/x:v1\.0\.0\?$/,
      ],
      "half a digest": [{ ...hello, image: "a:1@sha256:abc" }, /image: found "a:1@sha256:abc"/],
      "two contents": [
        { ...hello, folder: "apps/hello" },
        /image: found image and folder; allowed: exactly one of image, folder, chart$/,
      ],
      "no content": [{ name: "hello" }, /image: found nothing; allowed: exactly one of/],
      "a folder out of the repository": [{ name: "hello", folder: "../x" }, /folder: found "\.\.\/x"/],
      "a chart's repository with credentials, which aren't shown": [
        { name: "hello", chart: { repository: "https://u:canary@charts.example.com", version: "1.2.3" } },
        /chart\.repository: found an address with credentials in it/,
      ],
      "a chart without its version": [
        { name: "hello", chart: { repository: "https://charts.example.com", version: "" } },
        /chart\.version: found ""/,
      ],
      "a source by SSH without a key": [
        { name: "hello", folder: "a", source: { url: "ssh://git@git.example.com/a/b.git" } },
        /source\.secretName: found nothing/,
      ],
      "a source with credentials": [
        { name: "hello", folder: "a", source: { url: "https://u:canary@git.example.com/a/b.git" } },
        /source\.url: found an address with credentials in it/,
      ],
      "a duration in words": [
        { ...hello, kustomization: { interval: "5 minutes" } },
        /kustomization\.interval/,
      ],
      "a Secret's name that can't be": [
        { ...hello, secrets: { Hello_DB: {} } },
        /secrets\.Hello_DB: found "Hello_DB"/,
      ],
      "a key of a Secret that can't be": [
        { ...hello, secrets: { hello: { "a/b": "text" } } },
        /secrets\.hello\.a\/b: found "a\/b"/,
      ],
    };
    for (const [what, [options, ...expected]] of Object.entries(wrong)) {
      it(what, () => {
        const found = faults(options);
        assert.equal(found.length, expected.length, found.join("\n"));
        for (const [index, pattern] of expected.entries()) assert.match(found[index]!, pattern);
        assert.ok(!found.join("").includes("canary"), "a credential is shown");
      });
    }

    it("and nothing of what is right", () => {
      const image = `registry.local:5000/org/hello_world:v1@sha256:${"a".repeat(64)}`;
      assert.deepEqual(
        faults({ ...hello, image, ingress: false, hosts: ["xn--mnchen-3ya.example.com"] }),
        [],
      );
      assert.deepEqual(
        faults({ name: "hello", folder: ".", source: { url: "https://git.example.com/a/b.git" } }),
        [],
      );
    });
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
