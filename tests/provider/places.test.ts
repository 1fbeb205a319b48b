import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { azureMarkHandler } from "../../provider/azure/mark-handler";
import { accessMarkHandler } from "../../provider/cloudflare/access-mark-handler";
import {
  certificateMarkHandler,
  signedCertificateHandler,
} from "../../provider/cloudflare/certificate-handlers";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { recordMarkHandler } from "../../provider/cloudflare/record-mark-handler";
import { routeMarkHandler } from "../../provider/cloudflare/route-mark-handler";
import { tokenMarkHandler } from "../../provider/cloudflare/token-mark-handler";
import { tunnelDrainHandler } from "../../provider/cloudflare/tunnel-drain-handler";
import { tunnelMarkHandler } from "../../provider/cloudflare/tunnel-mark-handler";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import { gitCommitHandler } from "../../provider/git/commit-handler";
import { patchedSecretHandler } from "../../provider/kubernetes/patched-secret-handler";
import { type Props, type ResourceHandler, UNKNOWN } from "../../provider/plugin/handler";
import { resourceMethods } from "../../provider/plugin/resource-methods";
import { Session } from "../../provider/plugin/session";

interface Placed {
  readonly handler: ResourceHandler;
  readonly inputs: Props;
  /** How it is reached, or what it says: another one is of the same place. */
  readonly same: Props;
  /** Another one is of another place. */
  readonly other: Props;
  /** The place is of the resource's name, too. */
  readonly named?: true;
}

const kubeconfig = (server: string, token: string): string =>
  JSON.stringify({
    clusters: [{ name: "one", cluster: { server } }],
    users: [{ name: "one", user: { token } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
    "current-context": "one",
  });
const cluster = { kubeconfig: kubeconfig("https://one.example.com:6443/", "first") };
const sameCluster = { kubeconfig: kubeconfig("https://one.example.com:6443", "second") };
const otherCluster = { kubeconfig: kubeconfig("https://two.example.com:6443", "first") };
const vault = { subscriptionId: "s", tenantId: "t", cloud: "public", resourceGroup: "g" };

const PLACED: Readonly<Record<string, Placed>> = {
  "handoff:azure:Mark": {
    handler: azureMarkHandler,
    inputs: { ...vault, vault: { name: "one", create: false }, secrets: ["a"] },
    // The engine has the entries of a map in any order.
    same: { vault: { create: false, name: "one" }, secrets: ["b"] },
    other: { vault: { name: "two" } },
    named: true,
  },
  "handoff:cloudflare:AccessMark": {
    handler: accessMarkHandler,
    inputs: { accountId: "a", domain: "cal.example.com/api", comment: "one" },
    same: { domain: "CAL.example.com/api", comment: "two" },
    other: { domain: "cal.example.com" },
  },
  "handoff:cloudflare:CertificateMark": {
    handler: certificateMarkHandler,
    inputs: { zoneId: "z", keepers: { rotation: "1" } },
    same: { apiToken: "another" },
    other: { keepers: { rotation: "2" } },
    named: true,
  },
  "handoff:cloudflare:IngressRule": {
    handler: ingressRuleHandler(),
    inputs: { accountId: "a", tunnelId: "t", hostname: "Cal.example.com", service: "http://one:80" },
    same: { hostname: "cal.example.com", service: "http://two:80" },
    other: { path: "/api" },
  },
  "handoff:cloudflare:RecordMark": {
    handler: recordMarkHandler,
    inputs: { zoneId: "z", name: "cal.example.com", type: "CNAME", comment: "one" },
    same: { name: "CAL.example.com", comment: "two" },
    other: { zoneId: "y" },
  },
  "handoff:cloudflare:RouteMark": {
    handler: routeMarkHandler,
    inputs: { accountId: "a", network: "10.0.0.0/8", tunnelId: "t", comment: "one" },
    same: { tunnelId: "u", comment: "two" },
    other: { network: "10.0.0.0/9" },
  },
  "handoff:cloudflare:SignedCertificate": {
    handler: signedCertificateHandler,
    inputs: { zoneId: "z", hostnames: ["a.example.com"], days: 90, privateKey: "one" },
    same: { apiToken: "another" },
    other: { privateKey: "two" },
  },
  "handoff:cloudflare:TokenMark": {
    handler: tokenMarkHandler,
    inputs: { accountId: "a", owner: "account", name: "origin-ca" },
    same: { apiToken: "another" },
    other: { name: "origin-ca 2" },
    named: true,
  },
  "handoff:cloudflare:TunnelDrain": {
    handler: tunnelDrainHandler(),
    inputs: { accountId: "a", tunnelId: "t" },
    same: { apiToken: "another" },
    other: { tunnelId: "u" },
  },
  "handoff:cloudflare:TunnelMark": {
    handler: tunnelMarkHandler,
    inputs: { accountId: "a", name: "my-cluster" },
    same: { name: "renamed" },
    other: { accountId: "b" },
    named: true,
  },
  "handoff:flux:FluxInstall": {
    handler: fluxInstallHandler,
    inputs: { ...cluster, version: "v2.9.3" },
    same: { ...sameCluster, version: "v2.9.4" },
    other: otherCluster,
  },
  "handoff:git:GitCommit": {
    handler: gitCommitHandler,
    inputs: { url: "https://git.example.com/one.git", branch: "main", files: { a: "1" } },
    same: { files: { a: "2" } },
    other: { branch: "other" },
    named: true,
  },
  "handoff:kubernetes:PatchedSecret": {
    handler: patchedSecretHandler,
    inputs: { ...cluster, namespace: "one", name: "app", data: { a: "1" } },
    same: { ...sameCluster, data: { a: "2" } },
    other: { namespace: "two" },
  },
};

/** Those whose resource tells by itself what it is about. */
const BY_THEMSELVES: Readonly<Record<string, string>> = {
  "handoff:flux:FluxReady": "the root's annotation tells which one leads",
  "handoff:git:DeployKey": "the host's id of the key",
  "handoff:cloudflare:Mark": "a text in the state",
  "handoff:cloudflare:TokenSweep": "nothing stays of it",
  "handoff:kubernetes:SecretRollout": "nothing stays of it",
  "handoff:secrets:CredentialAge": "a number in the state",
  "handoff:secrets:HtpasswdEntry": "a text in the state",
  "handoff:secrets:KeyPair": "a text in the state",
  "handoff:secrets:SopsFile": "a text in the state",
};

/** The engine's calls, of which only those that ask what the program has reach the world. */
class Engine {
  readonly deleted: string[] = [];
  private readonly methods;

  constructor(
    private readonly type: string,
    handler: ResourceHandler,
  ) {
    const idle: ResourceHandler = {
      ...handler,
      diff: () => Promise.resolve({ changes: false }),
      preview: (_ctx, news) => Promise.resolve(news),
      create: (_ctx, outputs) => Promise.resolve({ id: "id", outputs }),
      update: (_ctx, _id, _olds, outputs) => Promise.resolve({ outputs }),
      delete: ({ urn }) => Promise.resolve(void this.deleted.push(urn)),
    };
    this.methods = resourceMethods(
      new Session({ name: "handoff", version: "0.1.0", resources: { [type]: idle } }, undefined),
    );
  }

  urn(name: string, parent = ""): string {
    return `urn:pulumi:prod::handoff::${parent}${this.type}::${name}`;
  }

  async diff(urn: string, olds: Props, news: Props): Promise<void> {
    const request = new rpc.DiffRequest().setUrn(urn).setId("id").setNews(struct(news));
    await this.methods.diff?.(request.setOldInputs(struct(olds)).setOlds(struct(olds)) as never);
  }

  async create(urn: string, news: Props, preview = false): Promise<void> {
    const request = new rpc.CreateRequest().setUrn(urn).setProperties(struct(news)).setPreview(preview);
    await this.methods.create?.(request as never);
  }

  async delete(urn: string, olds: Props): Promise<void> {
    const request = new rpc.DeleteRequest().setUrn(urn).setId("id").setProperties(struct(olds));
    await this.methods.delete?.(request.setOldInputs(struct(olds)) as never);
  }
}

const struct = (props: Props): Struct => Struct.fromJavaScript(props as never);

describe("a resource that the engine makes anew before it deletes the former one", () => {
  it("is known of every type", () => {
    const main = readFileSync(join(__dirname, "../../provider/main.ts"), "utf8");
    const types = [...main.matchAll(/"(handoff:\w+:[A-Z]\w+)":/g)].map(([, type = ""]) => type);
    assert.deepEqual(types.sort(), [...Object.keys(PLACED), ...Object.keys(BY_THEMSELVES)].sort());
  });

  for (const [type, { handler, inputs, same, other, named }] of Object.entries(PLACED))
    describe(`of type ${type}`, () => {
      let engine: Engine;
      let urn: string;
      beforeEach(() => {
        engine = new Engine(type, handler);
        urn = engine.urn("one");
      });
      const now = { ...inputs, ...same };

      it("leaves what its successor has, whatever else of it is another", async () => {
        await engine.create(urn, now);
        await engine.delete(urn, inputs);
        assert.deepEqual(engine.deleted, []);
      });

      it("leaves it when a killed run left the former one to be deleted", async () => {
        await engine.diff(urn, inputs, now);
        await engine.delete(urn, inputs);
        assert.deepEqual(engine.deleted, []);
      });

      it("leaves it when it is moved under another parent", async () => {
        await engine.create(engine.urn("one", "my:index:Component$"), now);
        await engine.delete(urn, inputs);
        assert.deepEqual(engine.deleted, []);
      });

      it(`${named === true ? "takes what is its own" : "leaves it"} when it gets another name`, async () => {
        await engine.create(engine.urn("two"), now);
        await engine.delete(urn, inputs);
        assert.deepEqual(engine.deleted, named === true ? [urn] : []);
      });

      it("deletes what was at another place", async () => {
        await engine.create(urn, { ...inputs, ...other });
        await engine.delete(urn, inputs);
        assert.deepEqual(engine.deleted, [urn]);
      });

      it("deletes it where the program has none, or only a preview of it", async () => {
        await engine.create(urn, now, true);
        await engine.delete(urn, inputs);
        assert.deepEqual(engine.deleted, [urn]);
      });

      it("isn't known by what isn't known yet", async () => {
        const unknown = Object.fromEntries(Object.keys(inputs).map((name) => [name, UNKNOWN]));
        await engine.diff(urn, inputs, unknown);
        await engine.delete(urn, inputs);
        assert.deepEqual(engine.deleted, [urn]);
      });
    });
});
