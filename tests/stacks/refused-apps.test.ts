import assert from "node:assert/strict";
import { password } from "../../components/secrets/values";
import type { App } from "../../manifests/app";
import { app } from "../../manifests/apps/app";
import { originIssuerToken } from "../../manifests/apps/ingress";
import { helmService, plainService } from "../../manifests/apps/service";
import { site } from "../../manifests/catalog/site";
import { bundle } from "../../manifests/layouts/bundle";
import { template, value } from "../../manifests/secrets/secret-text";
import { objectFaults } from "../../stacks/check-objects";
import { checkReferences } from "../../stacks/check-references";
import { defineSystem } from "../../stacks/platform";
import { sitesSystem } from "../../stacks/sites";
import { shippedPart, SHIPPED_PROD } from "./shipped";
import { prod } from "../../stacks/prod";
import { runSites } from "./sites-run";
import { answers, WholeStack } from "./whole-stack";

const image = "ghcr.io/your-org/hello:v1.0.0";
const hello = { name: "hello", image };

describe("apps that would do harm are refused before anything is made", function () {
  const stack = new WholeStack();
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  /** Why prod with these apps besides is refused; nothing is made then. */
  async function refusal(...more: App[]): Promise<string> {
    const shipped = shippedPart(prod, SHIPPED_PROD);
    const system = defineSystem({
      ...shipped,
      build: (settings, platform) => {
        const built = shipped.build(settings, platform);
        return { ...built, apps: [...built.apps, ...more] };
      },
    });
    const made: string[] = [];
    const told = {
      ...answers,
      outputs: new Proxy(answers.outputs ?? {}, {
        get: (outputs, type: string) => {
          made.push(type);
          return outputs[type];
        },
      }),
    };
    const error = await stack.outcome(system, {}, told).then(
      () => assert.fail("the apps were taken"),
      (reason: unknown) => reason as Error,
    );
    assert.deepEqual(made, [], "something was made before");
    return error.message;
  }

  const cases: Readonly<Record<string, readonly [apps: () => App[], ...messages: RegExp[]]>> = {
    "hosts whose rules cloudflared wouldn't take, all at once, without what may be secret": [
      () => [
        {
          ...app(hello),
          hosts: [
            { name: "hello.example.com", path: "/(?!private)" },
            { name: "hello.example.com", path: "/a", service: "https://hello:443/" },
            { name: "hello.example.com", path: "/b", service: "https://me:canary@hello:443" },
          ],
        },
      ],
      /The app hello has the host hello\.example\.com: "\/\(\?!private\)" is no regular expression of Go's/,
      /The app hello has the host hello\.example\.com: "https:\/\/hello:443\/" has a path/,
      /The app hello has the host hello\.example\.com: the service has a user or password in it/,
      /^(?![^]*canary)/,
    ],
    "one of the name of Flux's root, which would take its place": [
      () => [app({ ...hello, name: "flux-system" })],
      /^The app flux-system would make the namespace flux-system, which isn't an app's/m,
      /^The app flux-system and Flux itself write different texts to clusters\/my-cluster\/flux-system\/kustomization\.yaml/m,
      /^The Kustomization flux-system is Flux's own: choose another name\.$/m,
    ],
    "one that makes a namespace of Kubernetes'": [
      () => [app({ ...hello, name: "kube-system" })],
      /would make the namespace kube-system, .* → Give the app another name or namespace\.$/m,
    ],
    "one in another app's namespace, which it would take along": [
      () => [app({ ...hello, namespace: "calcom" })],
      /^The Kustomizations calcom-ns and hello both make Namespace calcom: .* `ownNamespace: false`\.$/m,
    ],
    "one that applies what Flux's root applies": [
      () => [app({ name: "hello", folder: "./clusters/my-cluster/" })],
      /^The Kustomization hello would apply \.\/clusters\/my-cluster, with clusters\/my-cluster in it/m,
    ],
    "one that waits for a name that isn't there": [
      () => [app({ ...hello, after: ["cert-manger"] })],
      /^hello depends on cert-manger, which doesn't exist\. Did you mean cert-manager\?$/m,
    ],
    "one that waits for an app by the app's name": [
      () => [app({ ...hello, after: ["calcom"] })],
      /The app calcom is the Kustomizations calcom-ns, calcom-app: name one of them\.$/m,
    ],
    "one that waits for what is parked": [
      () => [app({ ...hello, after: ["b"] }), app({ ...hello, name: "b", parked: true })],
      /The app b is parked: park what waits for it, or neither\.$/m,
    ],
    "some that wait for each other": [
      () => [app({ ...hello, after: ["b"] }), app({ ...hello, name: "b", after: ["hello"] })],
      /^Kustomizations wait for each other: hello → b → hello$/m,
    ],
    "two whose options are wrong, both at once": [
      () => [app({ ...hello, image: "nginx" }), app({ name: "b", folder: "/b" })],
      /^The app hello: image: found "nginx"/m,
      /^The app b: folder: found "\/b"/m,
    ],
    "one with two values that are one in its template": [
      () => [
        app({
          ...hello,
          secrets: { hello: { X: template`${value("a-b")}:${value("a--b")}` } },
          values: { "a-b": password(), "a--b": password() },
        }),
      ],
      /^The app hello: |Secret hello\/hello takes the values a-b and a--b, which are both a_b in its template/m,
    ],
  };
  for (const [what, [apps, ...messages]] of Object.entries(cases)) {
    it(what, async () => {
      const message = await refusal(...apps());
      for (const pattern of messages) assert.match(message, pattern);
    });
  }

  it("a site whose file would be Flux's own", async () => {
    const gotk = site({ name: "gotk", hosts: ["a.example.com"], image });
    await assert.rejects(runSites(sitesSystem([gotk])), {
      message: /^The app gotk and Flux itself write different texts to k8s\/flux-system\/gotk-sync\.yaml/,
    });
  });

  it("sites whose options are wrong, all at once, and only where they are run", async () => {
    const wrong = [
      site({ name: "Hello", hosts: [], image }),
      site({ name: "b", hosts: ["*.example.com"], image: "b", address: "http://192.0.2.1" }),
    ];
    await assert.rejects(runSites(sitesSystem(wrong)), {
      message:
        /^The app Hello: name: .*\nThe app Hello: hosts: found a list of 0.*\nThe app b: hosts\.0: .*\nThe app b: image: .*\nThe app b: address: found "http:\/\/192\.0\.2\.1"; allowed: an IP address/,
    });
  });

  it("services whose options are wrong", () => {
    const wrong = plainService({ name: "a", namespace: "A", port: 80, manifests: {} } as never);
    assert.throws(() => bundle({ clusterPath: "clusters/lab" })([wrong], []), {
      message: /^The app a: namespace: found "A".*\nThe app a: port: found an unknown option/,
    });
  });
});

describe("two apps of one namespace", () => {
  it("are fine when one of them makes it", () => {
    const apps = [app(hello), app({ ...hello, name: "b", namespace: "hello", ownNamespace: false })];
    assert.deepEqual(objectFaults(apps), []);
    const chart = {
      name: "c",
      version: "1.0.0",
      repository: { name: "c", url: "https://charts.example.com" },
    };
    const service = (name: string, ownNamespace?: boolean) =>
      helmService({
        name,
        namespace: "shared",
        chart,
        awaited: true,
        ...(ownNamespace !== undefined && { ownNamespace }),
      });
    assert.deepEqual(objectFaults([service("a"), service("b", false)]), []);
    assert.equal(objectFaults([service("a"), service("b")]).length, 1);
  });

  it("have a certificate each", () => {
    const own = app({ ...hello, hosts: ["hello.example.com"] });
    const other = { ...hello, name: "b", namespace: "hello", hosts: ["b.example.com"] };
    const apps = [own, app({ ...other, ownNamespace: false })];
    assert.deepEqual(objectFaults(apps), []);
    const source = { from: () => "" };
    const checked = checkReferences(apps, { "the platform": { [originIssuerToken("hello")]: source } });
    assert.deepEqual(checked.faults, []);
  });

  it("aren't in each other's way while one of them is parked", () => {
    assert.deepEqual(
      objectFaults([app(hello), app({ ...hello, name: "b", namespace: "hello", parked: true })]),
      [],
    );
  });
});
