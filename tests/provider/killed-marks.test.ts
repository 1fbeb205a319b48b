import assert from "node:assert/strict";
import { assignmentName } from "../../manifests/azure/grant";
import { type About, clearAzure } from "../../provider/azure/clear";
import { azureMarkHandler } from "../../provider/azure/mark-handler";
import { clearApplication } from "../../provider/cloudflare/access-applications";
import { accessMarkHandler } from "../../provider/cloudflare/access-mark-handler";
import { clearRoute } from "../../provider/cloudflare/private-routes";
import { recordMarkHandler } from "../../provider/cloudflare/record-mark-handler";
import { clearRecord } from "../../provider/cloudflare/record-orphans";
import { routeMarkHandler } from "../../provider/cloudflare/route-mark-handler";
import { tokenMarkHandler, tokenSweepHandler } from "../../provider/cloudflare/token-mark-handler";
import { tunnelMarkHandler } from "../../provider/cloudflare/tunnel-mark-handler";
import { clearTunnel } from "../../provider/cloudflare/tunnel-orphans";
import {
  UserError,
  type HandlerContext,
  type Props,
  type ResourceHandler,
  type State,
} from "../../provider/plugin/handler";
import { GROUP, ROLE, SUBSCRIPTION, TENANT, TestAzure } from "../azure/cloud";
import { ACCOUNT, TestCloudflare, TOKEN, ZONE } from "../cloudflare/cloud";
import { testContext } from "../git/remote";
import type { Scene } from "./dying-proxy";
import { faultsOf, VendorError } from "./faulty-proxy";
import { killsOf } from "./killed";

/** A mark, and what the vendor's plugin makes with it. */
interface Marking {
  /** Asked for in each run: of a process of its own. */
  readonly mark: ResourceHandler;
  /** What is asked before it is made. */
  readonly clear?: (news: Props, mark: Props, ctx: HandlerContext) => Promise<Props>;
  /** Gives the id. */
  readonly make: (news: Props, mark: Props, signal: AbortSignal) => Promise<string>;
  readonly after?: (news: Props, mark: Props, id: string, ctx: HandlerContext) => Promise<unknown>;
  readonly remove: (news: Props, id: string, signal: AbortSignal) => Promise<void>;
}

/** Both as the engine leads them: the mark asks for nothing, so the state has it before anything else is made. */
function asOne({ mark, clear, make, after, remove }: Marking): Pick<Scene, "handler" | "abandon"> {
  let known: (State & { readonly id: string }) | undefined;
  const unmark = async (ctx: HandlerContext, inputs: Props): Promise<void> => {
    if (known !== undefined) await mark.delete(ctx, known.id, { ...known, inputs });
  };
  const handler: ResourceHandler = {
    computed: [],
    diff: () => Promise.resolve({ changes: false }),
    create: async (ctx, news) => {
      known ??= { inputs: news, ...(await mark.create(ctx, news)) };
      const { outputs } = known;
      const fault = (await clear?.(news, outputs, ctx))?.fault;
      if (fault !== undefined) throw new UserError(fault as string);
      const id = await make(news, outputs, ctx.signal);
      await after?.(news, outputs, id, ctx);
      return { id, outputs: news };
    },
    update: (_ctx, _id, _olds, news) => Promise.resolve({ outputs: news }),
    read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),
    delete: async (ctx, id, { inputs }) => {
      await remove(inputs, id, ctx.signal);
      await unmark(ctx, inputs);
    },
  };
  return { handler, abandon: (inputs) => unmark(testContext(), inputs) };
}

/** As the vendor's plugin asks; what is gone already is no fault. */
async function ask(url: string, method: string, token: string, signal: AbortSignal, body?: object) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(url, { method, headers, signal, body: body && JSON.stringify(body) });
  if (!response.ok && response.status !== 404) throw new VendorError(`${method} ${url}: ${response.status}`);
  return (await response.json().catch(() => ({}))) as { readonly result?: { readonly id: string } };
}

const cloudflare = new TestCloudflare();
const azure = new TestAzure();
/** Who signs in to Azure. */
let identity = "";
let worlds = 0;

interface MadeByCloudflare extends Pick<Marking, "mark" | "clear" | "after"> {
  /** Of all of the kind, below the account. */
  readonly list: string;
  readonly inputs: Props;
  /** What is sent for it. */
  readonly body: (mark: Props) => object;
  /** What somebody else has sent before. */
  readonly theirs: object;
}

/** @param made by the name of a world */
async function atCloudflare(made: (world: string) => MadeByCloudflare): Promise<Scene> {
  // None of these names begins as another one does.
  const world = `world-${String(++worlds).padStart(4, "0")}`;
  const { list, inputs, body, theirs, ...more } = made(world);
  const path = list.replace(/\?.*/, "");
  await cloudflare.call("POST", path, theirs);
  const ours = async (): Promise<number> =>
    (await cloudflare.call<readonly object[]>("GET", list)).filter((one) =>
      JSON.stringify(one).includes(world),
    ).length;
  const before = await ours();
  assert.equal(before, 1);
  const api = ({ baseUrl }: Props): string => `${String(baseUrl)}/accounts/${ACCOUNT}${path}`;
  return {
    ...asOne({
      ...more,
      make: async (news, mark, signal) =>
        (await ask(api(news), "POST", TOKEN, signal, body(mark))).result?.id ?? "",
      remove: async (news, id, signal) => {
        await ask(`${api(news)}/${id}`, "DELETE", TOKEN, signal);
      },
    }),
    origin: new URL(cloudflare.baseUrl).origin,
    inputs: (proxied) => ({ apiToken: TOKEN, baseUrl: `${proxied}/client/v4`, ...inputs }),
    check: async (when) => {
      assert.equal(await ours(), before + (when === "deleted" ? 0 : 1));
    },
    dispose: () => undefined,
  };
}

const tunnel = () =>
  atCloudflare((name) => ({
    list: "/cfd_tunnel?is_deleted=false&per_page=1000",
    inputs: { accountId: ACCOUNT, name },
    mark: tunnelMarkHandler,
    clear: (news, { tunnelSecret }, ctx) => clearTunnel({ ...news, tunnelSecret, dryRun: false }, ctx),
    body: ({ tunnelSecret }) => ({ name, tunnel_secret: tunnelSecret }),
    theirs: { name: `${name}-theirs`, config_src: "cloudflare" },
  }));

const record = () =>
  atCloudflare((world) => {
    const cname = { name: `${world}.example.com`, type: "CNAME", content: "t.cfargotunnel.com" };
    const comment = "Pulumi stack handoff/prod";
    return {
      list: `/../../zones/${ZONE}/dns_records?per_page=1000`,
      inputs: { zoneId: ZONE, ...cname, comment },
      mark: recordMarkHandler,
      clear: (news, _mark, ctx) => clearRecord({ ...news, adopt: false, dryRun: false }, ctx),
      body: () => ({ ...cname, comment, proxied: true }),
      theirs: { ...cname, name: `theirs.${world}.example.com`, comment },
    };
  });

const policies = [
  {
    effect: "allow",
    permission_groups: [{ id: "c03055bc037c4ea9afb9a9f104b7b721" }],
    resources: { [`com.cloudflare.api.account.zone.${ZONE}`]: "*" },
  },
];

const token = () =>
  atCloudflare((name) => ({
    list: "/tokens?per_page=1000",
    inputs: { accountId: ACCOUNT, owner: "account", name },
    mark: tokenMarkHandler,
    body: ({ markedName }) => ({ name: markedName, policies }),
    // Several of one name are no fault there: of those that killed runs made, the one that is known stays.
    after: (news, { markedName }, tokenId, ctx) =>
      tokenSweepHandler.create(ctx, { ...news, markedName, tokenId }),
    theirs: { name, policies },
  }));

const application = () =>
  atCloudflare((world) => {
    const comment = "Pulumi stack handoff/prod";
    const guarding = (domain: string) => ({
      ...{ name: domain, domain, type: "self_hosted" },
      policies: [{ name: comment, decision: "allow", include: [{ everyone: {} }] }],
    });
    const domain = `${world}.example.com`;
    return {
      list: "/access/apps?per_page=1000",
      inputs: { accountId: ACCOUNT, domain, comment },
      mark: accessMarkHandler,
      clear: (news, _mark, ctx) => clearApplication({ ...news, dryRun: false }, ctx),
      body: () => guarding(domain),
      theirs: guarding(`theirs.${domain}`),
    };
  });

/** Tunnel that routes lead to. */
let tunnelId = "";

const route = () =>
  atCloudflare((world) => {
    const comment = `Pulumi stack handoff/${world}`;
    const [high, low] = [Math.floor(worlds / 256), worlds % 256];
    const network = `10.${String(high)}.${String(low)}.0/24`;
    return {
      list: "/teamnet/routes?is_deleted=false&per_page=1000",
      inputs: { accountId: ACCOUNT, network, tunnelId, comment },
      mark: routeMarkHandler,
      clear: (news, _mark, ctx) => clearRoute({ ...news, dryRun: false }, ctx),
      body: () => ({ network, tunnel_id: tunnelId, comment }),
      theirs: { network: `172.${String(16 + high)}.${String(low)}.0/24`, tunnel_id: tunnelId, comment },
    };
  });

const OWNER = "pulumi-handoff-prod";
const principalId = "33333333-3333-3333-3333-333333333333";
const OTHER_PRINCIPAL = "44444444-4444-4444-4444-444444444444";
const roleDefinitionId = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${ROLE.user}`;

interface MadeByAzure {
  readonly about: About;
  /** Of what is made. */
  readonly id: string;
  /** Of somebody else's beside it. */
  readonly theirs: string;
  /** @param principal whom it is for */
  readonly body: (mark: string, principal: string) => object;
}

/** @param made in a vault */
async function atAzure(made: (name: string, vault: string) => MadeByAzure): Promise<Scene> {
  const name = `ours-${String(++worlds)}`;
  const { about, id, theirs, body } = made(name, `${GROUP}/providers/Microsoft.KeyVault/vaults/${name}`);
  await azure.vault({}, undefined, name);
  await azure.put(theirs, body("somebody-elses", OTHER_PRINCIPAL));
  await azure.assign(identity, "officer", `${GROUP}/providers/Microsoft.KeyVault/vaults/${name}`);
  const isThere = (at: string): Promise<boolean> =>
    azure.call("GET", at).then(
      () => true,
      () => false,
    );
  const origin = ({ vault }: Props): string => new URL((vault as { url: string }).url).origin;
  return {
    ...asOne({
      mark: azureMarkHandler,
      clear: (news, { mark }, ctx) => clearAzure({ ...news, mark, about, dryRun: false }, ctx),
      make: async (news, { mark }, signal) => {
        // The vendor's plugin brings back what was deleted, and gives it a new version.
        const recover = `/keyvault/${name}/deletedsecrets/${name}/recover?api-version=7.4`;
        if (about.kind === "secret") await ask(`${origin(news)}${recover}`, "POST", "x", signal);
        await ask(
          `${origin(news)}${id}?api-version=2024-01-01`,
          "PUT",
          "x",
          signal,
          body(String(mark), principalId),
        );
        return id;
      },
      remove: async (news, _id, signal) => {
        // Resource Manager takes no secret away.
        const path = about.kind === "secret" ? `/keyvault/${name}/secrets/${name}` : id;
        await ask(`${origin(news)}${path}?api-version=7.4`, "DELETE", "x", signal);
      },
    }),
    origin: azure.url,
    inputs: (proxied) => {
      process.env.ARM_RESOURCE_MANAGER_URL = proxied;
      return {
        ...{ subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg", owner: OWNER },
        vault: { name, url: `${proxied}/keyvault/${name}` },
      };
    },
    check: async (when) => {
      assert.equal(await isThere(id), when !== "deleted", id);
      assert.ok(await isThere(theirs), theirs);
    },
    dispose: () => undefined,
  };
}

const tagged = (mark: string) => ({ "managed-by": OWNER, "handoff-mark": mark });
const granted = (mark: string, principal: string) => ({
  properties: {
    ...{ roleDefinitionId, principalId: principal, principalType: "ServicePrincipal" },
    description: `${OWNER} ${mark}`,
  },
});
const identities = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
const grants = "providers/Microsoft.Authorization/roleAssignments";

describe("at Cloudflare", () => {
  before(async () => {
    await cloudflare.start();
    tunnelId = await cloudflare.tunnel();
  });
  after(() => cloudflare.stop());
  const marks = {
    ...{ TunnelMark: tunnel, RecordMark: record, "TokenMark, TokenSweep": token },
    ...{ AccessMark: application, RouteMark: route },
  };
  killsOf("what is marked", marks);
  faultsOf("what is marked", "Cloudflare", marks);
});

describe("at Azure", () => {
  before(async () => {
    await azure.start();
    identity = await azure.signIn();
  });
  after(() => azure.stop());
  const marks = {
    "azure Mark, of a secret": () =>
      atAzure((name, vault) => ({
        about: { kind: "secret", name },
        id: `${vault}/secrets/${name}`,
        theirs: `${vault}/secrets/theirs`,
        body: (mark) => ({ tags: tagged(mark), properties: { value: "canary" } }),
      })),
    "azure Mark, of an identity": () =>
      atAzure((name) => ({
        about: { kind: "identity", name },
        id: `${identities}/${name}`,
        theirs: `${identities}/theirs-of-${name}`,
        body: (mark) => ({ location: "westeurope", tags: tagged(mark) }),
      })),
    "azure Mark, of a grant": () =>
      atAzure((_name, vault) => {
        const assignment = assignmentName(vault, principalId);
        return {
          about: { kind: "grant", name: assignment },
          id: `${vault}/${grants}/${assignment}`,
          theirs: `${vault}/${grants}/${OTHER_PRINCIPAL}`,
          body: granted,
        };
      }),
  };
  // The vendor's client finds it by the environment of the process: one world at a time.
  killsOf("what is marked", marks, 1);
  faultsOf("what is marked", "Azure", marks, 1);
});
