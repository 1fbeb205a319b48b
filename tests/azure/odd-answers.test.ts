/** Azure's answers with null, missing, further and unknown fields, its refusals, and what isn't Azure's at all. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { clearAzure, type About } from "../../provider/azure/clear";
import { AzureClient, AzureRefusal } from "../../provider/azure/client";
import { lookAtAzure } from "../../provider/azure/look";
import { azureMarkHandler } from "../../provider/azure/mark-handler";
import { azureFaults } from "../../provider/azure/preflight";
import { UserError } from "../../provider/plugin/handler";
import { testContext } from "../cloudflare/cloud";
import { odd, oddities, OddServer, type OddAnswer, type OddCall } from "../cloudflare/odd-server";
import { GROUP, ROLE, SUBSCRIPTION, TENANT, TestAzure, VAULT } from "./cloud";
import { SLOW } from "../slow";

const MARK = "0123456789abcdef";
const OWNER = "pulumi-handoff-prod";
const ROLES = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions`;
const LIVE = (id: string) => ({
  ...{ id, name: id.split("/").at(-1), location: "westeurope" },
  tags: { "managed-by": OWNER, "handoff-mark": MARK },
  properties: {
    ...{ tenantId: TENANT, enableRbacAuthorization: true, vaultUri: "https://my-vault.vault.azure.net/" },
    ...{ issuer: "https://issuer", subject: "system:serviceaccount:a:b", scope: VAULT, principalId: "p" },
    ...{ roleDefinitionId: `${ROLES}/${ROLE.user}`, description: `${OWNER} ${MARK}` },
  },
});

/** What Azure documents for each request that is made. */
function documented({ method, path }: OddCall): object {
  const [id = ""] = path.split("?");
  if (id.startsWith("/keyvault/")) return method === "GET" ? LIVE(id) : {};
  if (id.endsWith("/permissions"))
    return { value: [{ actions: ["*"], notActions: [], dataActions: ["*"], notDataActions: [] }] };
  if (id.endsWith("/locks")) return { value: [] };
  if (id.endsWith("/checkNameAvailability")) return { nameAvailable: true };
  if (id === `/subscriptions/${SUBSCRIPTION}`) return { ...LIVE(id), tenantId: TENANT, state: "Enabled" };
  return /(roleAssignments|userAssignedIdentities|secrets)$/.test(id)
    ? { value: [LIVE(`${id}/one`)], nextLink: null }
    : LIVE(id);
}

describe("Azure's answers with other fields than documented", () => {
  const server = new OddServer();
  const azure = new TestAzure();
  let manager: string | undefined;
  before(async () => {
    await server.start();
    await azure.start();
    // Signed in there, answered here.
    await azure.signIn();
    manager = process.env.ARM_RESOURCE_MANAGER_URL;
    process.env.ARM_RESOURCE_MANAGER_URL = server.url;
  });
  after(async () => {
    process.env.ARM_RESOURCE_MANAGER_URL = manager;
    await azure.stop();
    await server.stop();
  });

  const wanted = (create = true) => ({
    ...{ subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg", owner: OWNER, mark: MARK },
    vault: { name: "my-vault", create, url: `${server.url}/keyvault/my-vault` },
  });
  const cleared = (about: About) => () => clearAzure({ ...wanted(), about, dryRun: false }, testContext());
  const OPERATIONS: Readonly<Record<string, () => Promise<unknown>>> = {
    "the look at what is there": () => lookAtAzure({ ...wanted(), principalId: "p" }, testContext()),
    "the preflight": () => azureFaults({ ...wanted(false), reader: "create" }, testContext()),
    "the look before a vault": cleared({ kind: "vault", location: "westeurope" }),
    "the look before a secret": cleared({ kind: "secret", name: "db" }),
    "the look before an identity": cleared({ kind: "identity", name: "id" }),
    "the look before a grant": cleared({ kind: "grant", name: "g" }),
    "the look before a federation": cleared({
      ...{ kind: "federation", identity: "id", name: "f" },
      ...{ issuer: "https://issuer", subject: "system:serviceaccount:a:b" },
    }),
    "the sweep of a mark": () =>
      azureMarkHandler.delete(testContext(), "", { inputs: wanted(false), outputs: { mark: MARK } }),
  };

  for (const [what, operate] of Object.entries(OPERATIONS)) {
    it(`end ${what} in words, and delete nothing without the mark`, async function () {
      await fc.assert(
        fc.asyncProperty(oddities, async (list) => {
          server.calls.length = 0;
          const shown = new Map<string, string>();
          server.answer = (call) => {
            const body = odd(documented(call), list);
            shown.set(call.path.split("?")[0] ?? "", JSON.stringify(body));
            return { body };
          };
          try {
            await operate();
          } catch (error) {
            assert.ok(error instanceof UserError, (error as Error).stack);
          }
          for (const { method, path } of server.calls) {
            assert.doesNotMatch(path, /undefined|null|\[object/);
            if (method !== "DELETE" || path.includes("handoff-preflight")) continue;
            assert.ok(path.startsWith(VAULT) || path.startsWith(GROUP) || path.startsWith("/keyvault/"));
            // In a vault of the stack's own its name is enough; a credential in its identity has no tags.
            if (path.includes("/federatedIdentityCredentials/")) continue;
            assert.ok([...shown.values()].some((text) => text.includes(MARK) || text.includes(OWNER)));
          }
        }),
        { numRuns: SLOW ? 60 : 15 },
      );
    });
  }

  const client = (told = testContext()) => ({ told, client: new AzureClient(told, wanted()) });
  const refused = async (answer: OddAnswer): Promise<Error> => {
    server.answer = () => answer;
    return await client()
      .client.find(GROUP, "2024-01-01")
      .then(
        (found) => assert.fail(`found ${JSON.stringify(found)}`),
        (error: unknown) => error as Error,
      );
  };

  it("aren't believed when they are a page, and blame nobody's roles", async () => {
    const page = "<html><title>Sign in to the hotel's network</title></html>";
    for (const status of [200, 403, 404]) {
      const error = await refused({ status, body: page });
      assert.ok(error instanceof UserError);
      assert.match(error.message, /a page in place of an answer: Sign in to the hotel's network/);
      assert.ok(!(error instanceof AzureRefusal) || (!error.forbidden && !error.missing));
    }
  });

  it("send the token nowhere else, and end a list that goes round in circles", async () => {
    server.answer = () => ({ body: { value: [], nextLink: "https://elsewhere.example.com/page2" } });
    await assert.rejects(client().client.list(GROUP, "2024-01-01"), /goes on at another address/);
    server.answer = () => ({ body: { value: [{ id: "a" }], nextLink: `${server.url}/again` } });
    assert.equal((await client().client.list(GROUP, "2024-01-01")).length, 2);
  });

  for (const [code, inner, advice] of [
    ["ScopeLocked", undefined, /lock keeps this/],
    ["RequestDisallowedByPolicy", undefined, /policy of the organisation/],
    ["RequestDisallowedByAzure", undefined, /multifactor authentication: az logout/],
    ["DenyAssignmentAuthorizationFailed", undefined, /deny assignment forbids/],
    ["ReadOnlyDisabledSubscription", undefined, /subscription is disabled/],
    ["MissingSubscriptionRegistration", undefined, /az provider register/],
    ["Forbidden", "ForbiddenByFirewall", /vault's firewall/],
    ["Forbidden", "SecretDisabled", /enabled true/],
  ] as const) {
    it(`tell what to do about ${inner ?? code}`, async () => {
      const innererror = inner && { code: inner };
      const { message } = await refused({
        status: 403,
        body: { error: { code, message: "No.", innererror } },
      });
      assert.match(message, new RegExp(`No\\. \\(${inner ?? code}\\)\\n→ `));
      assert.match(message, advice);
    });
  }

  it("say how long Azure wants to be left alone, and don't wait for hours", async () => {
    const { told, client: asking } = client();
    const queue: OddAnswer[] = [
      {
        status: 429,
        headers: { "x-ms-retry-after-ms": "1200" },
        body: { error: { code: "TooManyRequests" } },
      },
    ];
    server.answer = (call) => queue.shift() ?? { body: documented(call) };
    assert.ok(await asking.find(GROUP, "2024-01-01"));
    assert.ok(told.told.includes("status: Azure wants to be asked again in 2 s"), told.told.join("\n"));
    const headers = { "retry-after": "7200" };
    const { message } = await refused({ status: 429, headers, body: { error: { code: "TooManyRequests" } } });
    assert.match(message, /TooManyRequests\)\n→ Azure wants to be asked later/);
  });

  it("tell a vault of another tenant", async () => {
    const other = "44444444-4444-4444-4444-444444444444";
    server.answer = (call) => {
      const body = documented(call) as ReturnType<typeof LIVE>;
      return call.path.startsWith(`${VAULT}?`)
        ? { body: { ...body, properties: { ...body.properties, tenantId: other } } }
        : { body };
    };
    const faults = await azureFaults({ ...wanted(false), reader: "grant" }, testContext());
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? "", /takes sign-ins of tenant 4{8}.*, not 2{8}/);
  });

  for (const [scope, there, told] of [
    ["the group", true, "warn"],
    ["the vault", true, "warn"],
    ["the group", false, "fault"],
    ["another vault", true, "none"],
  ] as const) {
    it(`tell a read-only lock of ${scope}, where the vault ${there ? "is there" : "is to be made"}`, async () => {
      const at = { "the group": GROUP, "the vault": VAULT, "another vault": `${VAULT}-2` }[scope];
      const id = `${at}/providers/Microsoft.Authorization/locks/frozen`;
      const lock = (level: string) => ({ id, name: "frozen", properties: { level, notes: "audit" } });
      server.answer = (call) => {
        if (call.path.includes("/locks?"))
          return { body: { value: [lock("CanNotDelete"), lock("ReadOnly")] } };
        const isVault = call.path.startsWith(`${VAULT}?`);
        return isVault && !there
          ? { status: 404, body: { error: { code: "x" } } }
          : { body: documented(call) };
      };
      const ctx = testContext();
      const faults = await azureFaults(wanted(!there), ctx);
      const words = told === "warn" ? ctx.told : faults;
      assert.equal(words.length, told === "none" ? 0 : 1, [...ctx.told, ...faults].join("\n"));
      if (told === "none") return;
      assert.match(
        words[0] ?? "",
        /the lock frozen of \/subscriptions\/.* makes it read-only \("audit"\): .*\n→ .*az lock delete/,
      );
      assert.equal(ctx.told.length + faults.length, 1);
    });
  }
});
