/** Each kind of waiting: it is told at every beat, and a cancel ends it within a second, whatever the other side does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AzureClient } from "../../provider/azure/client";
import { CloudflareClient } from "../../provider/cloudflare/client";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { tunnelDrainHandler } from "../../provider/cloudflare/tunnel-drain-handler";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import { gitCommitHandler } from "../../provider/git/commit-handler";
import { deployKeyHandler } from "../../provider/git/deploy-key-handler";
import { patchedSecretHandler } from "../../provider/kubernetes/patched-secret-handler";
import { attended } from "../../provider/plugin/attendance";
import { until } from "../../provider/plugin/until";
import type { HandlerContext } from "../../provider/plugin/handler";
import { preflightHandler } from "../../provider/preflight-handler";
import { secretRolloutHandler } from "../../provider/rollout/secret-rollout-handler";
import { sopsFileHandler } from "../../provider/secrets/sops-file-handler";
import { SUBSCRIPTION, TENANT, TestAzure } from "../azure/cloud";
import { ACCOUNT, TestCloudflare, testContext, TOKEN } from "../cloudflare/cloud";
import { someOf } from "../slow";

/** In place of the plugin's 8 seconds. */
const BEAT = 100;

describe("a wait", function () {
  this.timeout(30_000);
  /** Takes connections and says nothing. */
  let silent: Server;
  const open = new Set<Socket>();
  let address = "";
  let folder = "";
  const cloud = new TestCloudflare();
  const azure = new TestAzure();
  const path = process.env.PATH ?? "";

  before(async () => {
    silent = createServer((socket) => {
      open.add(socket);
      socket.on("error", () => undefined);
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    address = `127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
    folder = mkdtempSync(join(tmpdir(), "waits-"));
    for (const program of ["sops", "az"]) {
      writeFileSync(join(folder, program), "#!/bin/sh\nexec sleep 60\n");
      chmodSync(join(folder, program), 0o700);
    }
    // Loading them is no wait, and takes longer than a beat here.
    await Promise.all([import("@kubernetes/client-node"), import("@azure/identity"), import("undici")]);
    process.env.PATH = `${folder}${delimiter}${path}`;
    await cloud.start();
    await azure.start();
  });
  after(async () => {
    process.env.PATH = path;
    for (const socket of open) socket.destroy();
    silent.close();
    rmSync(folder, { recursive: true });
    await cloud.stop();
    await azure.stop();
  });
  afterEach(async () => {
    azure.signOut();
    await cloud.fault(null);
    await azure.fault(null);
  });

  const kubeconfig = () =>
    JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
      clusters: [{ name: "c", cluster: { server: `http://${address}`, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token: "canary" } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    });
  const repository = () => ({ url: `http://${address}/org/fleet.git`, branch: "main" });
  const place = () => ({ subscriptionId: SUBSCRIPTION, tenantId: TENANT });
  const sops = () => ({ path: "a.enc.yaml", plaintext: "a: 1\n", recipients: [`age1${"q".repeat(58)}`] });
  const cloudflare = (ctx: HandlerContext, baseUrl = cloud.baseUrl) =>
    new CloudflareClient(ctx, { apiToken: TOKEN, baseUrl });

  const WAITS: Readonly<Record<string, (ctx: HandlerContext) => Promise<unknown>>> = {
    "for Cloudflare, which doesn't answer": (ctx) =>
      ingressRuleHandler().create(ctx, {
        ...{ apiToken: TOKEN, baseUrl: `http://${address}/client/v4`, accountId: ACCOUNT, tunnelId: "t" },
        ...{ hostname: "cal.example.com", service: "http://cal" },
      }),
    "for Cloudflare, which wants a pause": async (ctx) => {
      await cloud.fault({ status: 429, retryAfter: 240 });
      return await cloudflare(ctx).call("GET", `/accounts/${ACCOUNT}/cfd_tunnel`);
    },
    "for a tunnel's last connection": async (ctx) => {
      const tunnelId = await cloud.tunnel();
      await cloud.connect(tunnelId, 4);
      const inputs = { accountId: ACCOUNT, tunnelId, apiToken: TOKEN, baseUrl: cloud.baseUrl };
      await tunnelDrainHandler().delete(ctx, tunnelId, { inputs, outputs: {} });
    },
    "for Azure, which doesn't answer": async (ctx) => {
      await azure.signIn();
      process.env.ARM_RESOURCE_MANAGER_URL = `http://${address}`;
      return await new AzureClient(ctx, place()).find("/subscriptions/x", "2024-01-01");
    },
    "for Azure, which wants a pause": async (ctx) => {
      await azure.signIn();
      await azure.fault({ status: 429, retryAfter: 240 });
      return await new AzureClient(ctx, place()).find("/subscriptions/x", "2024-01-01");
    },
    "for a vault, which is at work": async (ctx) => {
      await azure.signIn(["officer"]);
      await azure.vault();
      await azure.delays({ secrets: 60_000 });
      const vault = { name: "my-vault", url: `${azure.url}/keyvault/my-vault` };
      await azure.put("/keyvault/my-vault/secrets/db", { value: "1" });
      await azure.call("DELETE", "/keyvault/my-vault/secrets/db");
      return await new AzureClient(ctx, place()).vault("POST", vault, "/deletedsecrets/db/recover");
    },
    "for a sign-in by the Azure CLI": (ctx) => {
      const names = Object.keys(process.env).filter((name) => name.startsWith("ARM_"));
      for (const name of names) Reflect.deleteProperty(process.env, name);
      return new AzureClient(ctx, place()).principal();
    },
    "for a git host, which doesn't answer": (ctx) =>
      gitCommitHandler.create(ctx, {
        ...{ ...repository(), auth: {}, files: { a: "1" }, digests: {}, initialFiles: {}, edits: {} },
        ...{ message: "Hand off", author: { name: "Handoff", email: "handoff@example.com" }, adopt: false },
      }),
    "for the API of a git host, which doesn't answer": (ctx) =>
      deployKeyHandler.create(ctx, {
        ...{ url: "ssh://git@git.example.com/org/fleet.git", host: "github", token: "canary" },
        ...{ apiUrl: `http://${address}/api/v3`, readOnly: true, rotation: 1 },
      }),
    "for a cluster, which doesn't answer": (ctx) =>
      patchedSecretHandler.create(ctx, {
        ...{ kubeconfig: kubeconfig(), name: "app", namespace: "app", data: { a: "1" } },
        timeoutSeconds: 60,
      }),
    "for a cluster, before Flux is applied to it": (ctx) =>
      fluxInstallHandler.create(ctx, { kubeconfig: kubeconfig(), manifests: "", timeoutSeconds: 60 }),
    "for a cluster, to which another value is to be carried": (ctx) => {
      const secrets = [{ name: "app", namespace: "app", from: "store", data: { KEY: { value: "key" } } }];
      const inputs = { kubeconfig: kubeconfig(), secrets, values: { key: "1" }, timeoutSeconds: 60 };
      const news = { ...inputs, values: { key: "2" } };
      return secretRolloutHandler.update(ctx, "secrets", { inputs, outputs: {} }, news);
    },
    "for all that the preflight asks": (ctx) =>
      preflightHandler(
        {
          stack: "a/b",
          repositories: [{ ...repository(), auth: {} }],
          cluster: { kubeconfig: kubeconfig() },
        },
        ctx,
      ),
    "for sops": (ctx) => sopsFileHandler.create(ctx, sops()),
    "for what something else does": (ctx) =>
      until(
        ctx,
        60,
        () => Promise.resolve("waiting for it"),
        () => new Error("late"),
      ),
  };

  for (const [what, wait] of someOf(Object.entries(WAITS))) {
    it(`${what}, isn't silent, and ends by a cancel`, async () => {
      const ctx = testContext();
      let said = 0;
      const heard = { at: Date.now(), status: undefined as string | undefined };
      const status = (message: string): void => {
        heard.at = Date.now();
        heard.status = message;
        said++;
        ctx.status(message);
      };
      const attending = { ...ctx, heard, status };
      const ended = attended(attending, wait(attending), BEAT).then(
        () => assert.fail("it doesn't wait"),
        (error: unknown) => error as Error,
      );
      assert.equal(await Promise.race([ended, sleep(10 * BEAT, "waiting")]), "waiting");
      // A busy machine has fewer.
      assert.ok(said >= 3, `it said ${String(said)} words in 10 beats`);
      const cancelled = Date.now();
      ctx.cancel();
      await ended;
      const took = Date.now() - cancelled;
      assert.ok(took < 1_000, `it went on for ${String(took)} ms`);
    });
  }
});
