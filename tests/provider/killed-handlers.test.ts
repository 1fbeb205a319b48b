import assert from "node:assert/strict";
import type { Rule } from "../../manifests/cloudflare/ingress-rules";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { deployKeyHandler } from "../../provider/git/deploy-key-handler";
import { patchedSecretHandler } from "../../provider/kubernetes/patched-secret-handler";
import { TestCloudflare } from "../cloudflare/cloud";
import { DeployKeyHost } from "../git/deploy-key-server";
import { SecretServer } from "../kubernetes/secret-server";
import { faultsOf } from "./faulty-proxy";
import { killsOf } from "./killed";
import type { Scene } from "./dying-proxy";

const data = { password: "canary" };
const changedData = { password: "canary-2", added: "canary-3" };
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
    changed: (inputs) => ({ ...inputs, data: changedData }),
    check: (when) => {
      assert.deepEqual(server.texts("app/theirs"), { a: "1" });
      const others = placeholder ? { theirs: "2" } : undefined;
      const ours = { created: data, updated: changedData, deleted: undefined }[when];
      assert.deepEqual(server.texts(PATH), ours === undefined ? others : { ...others, ...ours });
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

const SERVICE = "https://other:443";
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
    changed: (news) => ({ ...news, service: SERVICE }),
    check: async (when) => {
      const { ingress } = await cloud.config(id);
      const ours = ingress.filter(({ hostname }) => hostname === inputs.hostname);
      const services = { created: [inputs.service], updated: [SERVICE], deleted: [] }[when];
      assert.deepEqual(
        ours.map(({ service }) => service),
        services,
      );
      assert.deepEqual(
        ingress.filter((rule) => !ours.includes(rule)),
        THEIRS,
      );
    },
    dispose: () => cloud.stop(),
  };
}

killsOf("a handler", {
  "PatchedSecret, of its own": () => secret(false),
  "PatchedSecret, a placeholder of Flux's": () => secret(true),
  DeployKey: deployKey,
  IngressRule: ingressRule,
});

faultsOf("a handler", "Cloudflare", { IngressRule: ingressRule });
