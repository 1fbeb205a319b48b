/** An identity that somebody else made, and that the user wants to go on with. */
import assert from "node:assert/strict";
import { wantedIdentity } from "../../components/azure/key-vault-reader";
import { lookAtAzure } from "../../provider/azure/look";
import { testContext } from "../cloudflare/cloud";
import { GROUP, SUBSCRIPTION, TENANT, TestAzure, VAULT } from "./cloud";

const OWNER = "pulumi-handoff-prod";
const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/readers`;

describe("an identity that is adopted", () => {
  const azure = new TestAzure();
  const wanted = wantedIdentity({
    identityName: "readers",
    oidcIssuer: "https://oidc.example.com/my-cluster",
    serviceAccount: { name: "azure-keyvault", namespace: "external-secrets" },
  });
  beforeEach(async () => {
    await azure.start();
    await azure.vault();
    await azure.signIn(["contributor"]);
  });
  afterEach(() => azure.stop());

  interface Found {
    readonly fault?: string;
    readonly granted?: boolean;
    readonly identity?: {
      readonly federated: boolean;
      readonly clientId: string;
      readonly principalId: string;
    };
  }
  const look = async (): Promise<Found> =>
    await lookAtAzure(
      {
        ...{ subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg", owner: OWNER },
        ...{ vault: { name: "my-vault" }, identity: wanted },
      },
      testContext(),
    );
  const make = (tags: object = {}) => azure.put(IDENTITY, { location: "westeurope", tags });
  const credential = (name: string, issuer = wanted.issuer) =>
    azure.put(`${IDENTITY}/federatedIdentityCredentials/${name}`, {
      properties: { issuer, subject: wanted.subject, audiences: ["api://AzureADTokenExchange"] },
    });

  it("must be there", async () => {
    assert.match(
      String((await look()).fault),
      /^there is no identity readers in resource group rg to adopt\n→ Correct `azure\.identity\.name`/,
    );
  });

  it("is told with its ids, and whether somebody lets the cluster take it on already", async () => {
    await make({ team: "platform" });
    await credential("another-cluster", "https://oidc.example.com/another");
    const { identity } = await look();
    assert.ok(identity?.clientId);
    assert.equal(identity.federated, false);
    await credential(wanted.credential);
    assert.equal((await look()).identity?.federated, false, "our own isn't somebody else's");
    await azure.call("DELETE", `${IDENTITY}/federatedIdentityCredentials/${wanted.credential}`);
    await credential("by-hand");
    assert.equal((await look()).identity?.federated, true);
  });

  it("is told with whether it may read the vault already, by somebody else's grant", async () => {
    await make();
    const { granted, identity } = await look();
    assert.equal(granted, false);
    await azure.assign(identity?.principalId ?? "", "user", VAULT);
    assert.equal((await look()).granted, true);
  });

  it("isn't the stack's own, which would be deleted", async () => {
    await make({ "managed-by": OWNER, "handoff-mark": "0123456789abcdef" });
    assert.match(String((await look()).fault), /would be deleted\n→ Take it out of `azure\.adopt`/);
  });
});
