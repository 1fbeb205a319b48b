import assert from "node:assert/strict";
import type { Rule } from "../../manifests/cloudflare/ingress-rules";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { deployKeyHandler } from "../../provider/git/deploy-key-handler";
import { patchedSecretHandler } from "../../provider/kubernetes/patched-secret-handler";
import { TestCloudflare } from "../cloudflare/cloud";
import { DeployKeyHost } from "../git/deploy-key-server";
import { SecretServer } from "../kubernetes/secret-server";
import { DyingProxy, killEverywhere, type Scene } from "./dying-proxy";

const data = { password: "canary" };
const PATH = "app/app-secrets";

async function secret(placeholder: boolean): Promise<Scene> {
  const server = new SecretServer();
  await server.start();
  server.namespaces.set("app", { terminating: false });
  server.write("app/theirs", { a: "1" });
  if (placeholder) server.write(PATH, { theirs: "2", password: "REPLACE_ME" }, "kustomize-controller");
  const origin = /http:[^"]*/.exec(server.kubeconfig)?.[0] ?? "";
  return {
    handler: patchedSecretHandler,
    origin,
    inputs: (proxied) => ({
      kubeconfig: server.kubeconfig.replace(origin, proxied),
      ...{ name: "app-secrets", namespace: "app", data, timeoutSeconds: 0 },
    }),
    check: (when) => {
      assert.deepEqual(server.texts("app/theirs"), { a: "1" });
      const others = placeholder ? { theirs: "2" } : undefined;
      assert.deepEqual(server.texts(PATH), when === "created" ? { ...others, ...data } : others);
    },
    dispose: () => server.stop(),
  };
}

async function deployKey(): Promise<Scene> {
  const host = new DeployKeyHost();
  const origin = await host.listen();
  host.keys.push({ id: 99, title: "theirs", key: "ssh-ed25519 AAAA" });
  return {
    handler: deployKeyHandler,
    origin,
    inputs: (proxied) => ({
      ...{ url: "ssh://git@git.example.com/org/fleet.git", host: "github", apiUrl: `${proxied}/api/v3` },
      ...{ token: "canary", readOnly: true, rotation: 1 },
    }),
    check: (when) => {
      const ours = host.keys.filter(({ title }) => title !== "theirs");
      assert.equal(ours.length, when === "created" ? 1 : 0);
      assert.equal(host.keys.length - ours.length, 1);
    },
    dispose: () => {
      host.close();
    },
  };
}

const THEIRS: Rule[] = [
  { hostname: "wiki.example.com", service: "http://wiki:80" },
  { service: "http_status:404" },
];

async function ingressRule(): Promise<Scene> {
  const cloud = new TestCloudflare();
  await cloud.start();
  const id = await cloud.tunnel(THEIRS);
  const { origin } = new URL(cloud.baseUrl);
  const inputs = cloud.inputs(id);
  return {
    // Each as in a process of its own, whose claims nobody else knows.
    get handler() {
      return ingressRuleHandler();
    },
    origin,
    inputs: (proxied) => ({ ...inputs, baseUrl: cloud.baseUrl.replace(origin, proxied) }),
    check: async (when) => {
      const { ingress } = await cloud.config(id);
      const ours = ingress.filter(({ hostname }) => hostname === inputs.hostname);
      assert.equal(ours.length, when === "created" ? 1 : 0);
      assert.deepEqual(
        ingress.filter((rule) => !ours.includes(rule)),
        THEIRS,
      );
    },
    dispose: () => cloud.stop(),
  };
}

const TYPES: Readonly<Record<string, () => Promise<Scene>>> = {
  "PatchedSecret, of its own": () => secret(false),
  "PatchedSecret, a placeholder of Flux's": () => secret(true),
  DeployKey: deployKey,
  IngressRule: ingressRule,
};

describe("a handler that is killed after any of its requests, and run again", function () {
  this.timeout(300_000);
  const proxy = new DyingProxy();
  let kills = 0;
  before(() => proxy.start());
  after(() => {
    proxy.stop();
    console.log(`      ${String(kills)} kills of ${String(Object.keys(TYPES).length)} kinds`);
  });

  for (const [name, scene] of Object.entries(TYPES)) {
    for (const step of ["create", "delete"] as const) {
      it(`${name}: ${step}`, async () => {
        const count = await killEverywhere(proxy, scene, step);
        assert.ok(count > 0, "it asks for something");
        kills += count;
      });
    }
  }
});
