import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { componentArgs, kubeconfigAs, wantedComponents } from "../../tools/sandbox/cert-manager";
import type { Deployment } from "../../tools/sandbox/deployments";
import type { Kube, KubeObject } from "../../tools/sandbox/kube";
import { playStartupChecks } from "../../tools/sandbox/startup-check";
import { ownState } from "./own-state";

const groups = new Set(["cert-manager.io"]);

const deployment = (component: string, args: readonly string[], replicas?: number): Deployment => ({
  metadata: { name: `cert-manager-${component}`, namespace: "certs" },
  spec: {
    replicas,
    template: {
      spec: {
        serviceAccountName: component,
        containers: [{ image: `registry.example.com:5000/jetstack/cert-manager-${component}:v1.21.2`, args }],
      },
    },
  },
});

describe("cert-manager on this machine", () => {
  const state = ownState();

  it("runs while its Deployment and its API are there", () => {
    const [found] = wantedComponents([deployment("controller", ["--v=2"])], groups);
    assert.deepEqual(found, {
      ...{ component: "controller", namespace: "certs", serviceAccount: "controller", args: ["--v=2"] },
    });
    assert.deepEqual(wantedComponents([deployment("controller", [])], new Set()), []);
    assert.deepEqual(wantedComponents([deployment("controller", [], 0)], groups), []);
    assert.deepEqual(wantedComponents([deployment("acmesolver", [])], groups), []);
  });

  it("has the Deployment's arguments, and this machine's addresses in place of the cluster's", () => {
    const [found] = wantedComponents(
      [
        deployment("webhook", [
          "--v=2",
          "--secure-port=10250",
          "--dynamic-serving-ca-secret-namespace=$(POD_NAMESPACE)",
          "--dynamic-serving-dns-names=cert-manager-webhook.$(POD_NAMESPACE).svc",
          "--dynamic-serving-dns-names=localhost:4711",
        ]),
      ],
      groups,
    );
    assert.deepEqual(componentArgs(found!, "/kubeconfig", "localhost:4711"), [
      "webhook",
      "--v=2",
      "--dynamic-serving-ca-secret-namespace=certs",
      "--kubeconfig=/kubeconfig",
      "--secure-port=4711",
      "--dynamic-serving-dns-names=localhost",
    ]);
  });

  it("has the rights of its ServiceAccount, not the administrator's", () => {
    mkdirSync(join(state(), "control-plane"), { recursive: true });
    const user = { token: "t" };
    writeFileSync(join(state(), "kubeconfig"), stringify({ users: [{ name: "admin", user }] }));
    const [found] = wantedComponents([deployment("controller", [])], groups);
    const { users } = parse(readFileSync(kubeconfigAs(found!), "utf8")) as { users: [{ user: object }] };
    assert.deepEqual(users[0].user, { token: "t", as: "system:serviceaccount:certs:controller" });
  });

  describe("its startup check", () => {
    const pod = (name: string, more: object = {}): KubeObject & Record<string, unknown> => ({
      metadata: { name, namespace: "certs" },
      spec: { nodeName: "sandbox" },
      status: { phase: "Pending" },
      ...more,
    });
    /** What is asked of an API server with these pods, whose webhook answers or doesn't. */
    const play = async (answers: boolean, ...pods: readonly KubeObject[]): Promise<readonly string[]> => {
      const asked: string[] = [];
      const kube: Pick<Kube, "list" | "tryOut" | "patchStatus" | "delete"> = {
        list: <T extends KubeObject>() => Promise.resolve(pods as readonly T[]),
        tryOut: (path) => {
          asked.push(`try ${path}`);
          return answers ? Promise.resolve({}) : Promise.reject(new Error("connection refused"));
        },
        patchStatus: (path, status) => Promise.resolve(asked.push(`${JSON.stringify(status)} ${path}`)),
        delete: (path) => Promise.resolve(void asked.push(`delete ${path}`)),
      };
      await playStartupChecks(kube as Kube);
      return asked;
    };
    const tried = "try /apis/cert-manager.io/v1/namespaces/certs/certificates";

    it("ends well once the API server takes a Certificate, and no earlier", async () => {
      assert.deepEqual(await play(false, pod("a")), [tried]);
      assert.deepEqual(await play(true, pod("a")), [
        tried,
        '{"phase":"Succeeded"} /api/v1/namespaces/certs/pods/a',
      ]);
    });

    it("isn't begun without a node, and isn't played twice", async () => {
      const done = pod("b", { status: { phase: "Succeeded" } });
      assert.deepEqual(await play(true, pod("a", { spec: {} }), done), []);
    });

    it("lets a pod go that is deleted", async () => {
      const metadata = { name: "a", namespace: "certs", deletionTimestamp: "2026-01-01T00:00:00Z" };
      assert.deepEqual(await play(true, pod("a", { metadata })), [
        "delete /api/v1/namespaces/certs/pods/a?gracePeriodSeconds=0",
      ]);
    });
  });
});
