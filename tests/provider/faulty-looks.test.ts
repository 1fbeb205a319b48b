/** What only looks, and what Cloudflare signs: each of its requests meets each fault, as those of what is made. */
import assert from "node:assert/strict";
import { lookAtAzure } from "../../provider/azure/look";
import { azureFaults } from "../../provider/azure/preflight";
import {
  certificateMarkHandler,
  signedCertificateHandler,
} from "../../provider/cloudflare/certificate-handlers";
import { cloudflareFaults } from "../../provider/cloudflare/preflight";
import { tunnelToken } from "../../provider/cloudflare/tunnel-token";
import {
  UserError,
  type HandlerContext,
  type Props,
  type ResourceHandler,
  type State,
} from "../../provider/plugin/handler";
import { SUBSCRIPTION, TENANT, TestAzure } from "../azure/cloud";
import { ACCOUNT, TestCloudflare, testContext, TOKEN, ZONE } from "../cloudflare/cloud";
import type { Scene } from "./dying-proxy";
import { faultsOf } from "./faulty-proxy";

const cloudflare = new TestCloudflare();
const azure = new TestAzure();

/** What looks, as a resource whose creation is the look. */
function looking(look: (ctx: HandlerContext, inputs: Props) => Promise<unknown>): ResourceHandler {
  return {
    computed: [],
    diff: () => Promise.resolve({ changes: false }),
    create: async (ctx, inputs) => {
      const found = await look(ctx, inputs);
      const faults = Array.isArray(found) ? found : [(found as { fault?: string }).fault];
      const said = faults.filter((fault) => fault !== undefined).join("\n");
      if (said !== "") throw new UserError(said);
      return { id: "look", outputs: inputs };
    },
    update: (_ctx, _id, _olds, news) => Promise.resolve({ outputs: news }),
    read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),
    delete: () => Promise.resolve(),
  };
}

/** A world that a look leaves as it was. */
async function unchanged(
  cloud: { state(): Promise<unknown> },
  scene: Pick<Scene, "handler" | "origin" | "inputs">,
): Promise<Scene> {
  const before = await cloud.state();
  return {
    ...scene,
    check: async () => {
      assert.deepEqual(await cloud.state(), before);
    },
    dispose: () => undefined,
  };
}

const atCloudflare = (more: Props, look: (ctx: HandlerContext, inputs: Props) => Promise<unknown>) =>
  unchanged(cloudflare, {
    handler: looking(look),
    origin: new URL(cloudflare.baseUrl).origin,
    inputs: (proxied) => ({
      ...{ accountId: ACCOUNT, apiToken: TOKEN, baseUrl: `${proxied}/client/v4` },
      ...more,
    }),
  });

const atAzure = (look: (ctx: HandlerContext, inputs: Props) => Promise<unknown>) =>
  unchanged(azure, {
    handler: looking(look),
    origin: azure.url,
    inputs: (proxied) => {
      process.env.ARM_RESOURCE_MANAGER_URL = proxied;
      const vault = { name: "my-vault", create: false, url: `${proxied}/keyvault/my-vault` };
      return { subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg", vault };
    },
  });

interface Kept {
  readonly id: string;
  readonly hostnames: readonly string[];
  readonly revoked_at?: string;
}

/** A certificate with its mark, as the engine leads them. */
async function certificate(): Promise<Scene> {
  const own = new TestCloudflare();
  await own.start();
  let mark: State | undefined;
  const unmark = (ctx: HandlerContext, inputs: Props) =>
    mark === undefined
      ? Promise.resolve()
      : certificateMarkHandler.delete(ctx, "", { inputs, outputs: mark.outputs });
  const wanted = (inputs: Props) => ({
    ...inputs,
    ...{ hostnames: ["cal.example.com"], days: 90, privateKey: mark?.outputs.privateKey },
  });
  const { origin } = new URL(own.baseUrl);
  return {
    handler: {
      ...signedCertificateHandler,
      create: async (ctx, news) => {
        mark ??= { inputs: news, ...(await certificateMarkHandler.create(ctx, news)) };
        return await signedCertificateHandler.create(ctx, wanted(news));
      },
      read: (ctx, id, olds) =>
        signedCertificateHandler.read(ctx, id, { ...olds, inputs: wanted(olds.inputs) }),
      delete: async (ctx, id, olds) => {
        await signedCertificateHandler.delete(ctx, id, olds);
        await unmark(ctx, olds.inputs);
      },
    },
    origin,
    inputs: (proxied) => ({ zoneId: ZONE, apiToken: TOKEN, baseUrl: own.baseUrl.replace(origin, proxied) }),
    abandon: async (inputs) => {
      await unmark(testContext(), inputs);
    },
    check: async (when) => {
      const { certificates } = (await own.state()) as { certificates: Kept[] };
      const valid = certificates.filter((one) => one.revoked_at === undefined);
      assert.equal(valid.length, when === "deleted" ? 0 : 1);
    },
    dispose: () => own.stop(),
  };
}

describe("at Cloudflare", () => {
  let tunnelId = "";
  before(async () => {
    await cloudflare.start();
    tunnelId = await cloudflare.tunnel();
  });
  after(() => cloudflare.stop());
  faultsOf("what looks, or has something signed,", "Cloudflare", {
    "the preflight": () =>
      atCloudflare({}, (ctx, inputs) =>
        cloudflareFaults(
          {
            ...(inputs as { accountId: string; apiToken: string; baseUrl: string }),
            ...{ zones: [{ zoneId: ZONE, zone: "example.com" }], tunnel: { name: "my-cluster" } },
            tokenOwner: "account",
          },
          ctx,
        ),
      ),
    "a tunnel's token": () => atCloudflare({ tunnelId }, (ctx, inputs) => tunnelToken(inputs, ctx)),
    "CertificateMark, SignedCertificate": certificate,
  });
});

describe("at Azure", () => {
  before(async () => {
    await azure.start();
    await azure.vault();
    await azure.signIn(["contributor", "officer", "administrator"]);
  });
  after(() => azure.stop());
  faultsOf(
    "what looks",
    "Azure",
    {
      "the preflight": () =>
        atAzure((ctx, inputs) => azureFaults({ ...inputs, reader: "create" } as never, ctx)),
      "the look at what is there": () =>
        atAzure((ctx, inputs) => lookAtAzure({ ...inputs, principalId: "p" }, ctx)),
    },
    1,
  );
});
