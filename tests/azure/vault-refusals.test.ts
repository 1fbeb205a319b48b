/** Each way in which a vault or Entra ID refuses, in the stand-in's words, and what to do about it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { tokenOf } from "../../tools/sandbox/services/azure/tokens";
import { adviceOn, nextStep } from "../../provider/azure/advice";
import { AzureClient, AzureRefusal } from "../../provider/azure/client";
import { testContext } from "../cloudflare/cloud";
import { SUBSCRIPTION, TENANT, TestAzure } from "./cloud";

interface Refusal {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly innererror?: { readonly code: string };
  };
}

describe("what a vault refuses", () => {
  const azure = new TestAzure();
  const oid = randomUUID();
  beforeEach(() => azure.start());
  afterEach(() => azure.stop());

  const token = (change: object = {}): string =>
    tokenOf({ aud: "https://vault.azure.net", tid: TENANT, oid, ...change });
  const refused = async (bearer: string) => {
    const url = `${azure.url}/keyvault/my-vault/secrets/db?api-version=7.6`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${bearer}` } });
    const { error } = (await answer.json()) as Refusal;
    const { code, message, innererror } = error;
    const advice = adviceOn(innererror?.code ?? code, `${message} (${innererror?.code ?? code})`);
    return { status: answer.status, code, inner: innererror?.code, message, advice };
  };
  const expect = async (
    bearer: string,
    [status, code, inner]: readonly [number, string, string?],
    message: RegExp,
    advice: RegExp,
  ): Promise<void> => {
    const found = await refused(bearer);
    assert.deepEqual([found.status, found.code, found.inner], [status, code, inner]);
    assert.match(found.message, message);
    assert.match(found.advice ?? "none", advice);
  };

  it("of a token for another cloud, of another tenant, or with another key", async () => {
    await azure.vault();
    const unauthorized = [401, "Unauthorized"] as const;
    await expect(
      token({ aud: "https://vault.azure.cn" }),
      unauthorized,
      /^AKV10022: Invalid audience\. Expected https:\/\/vault\.azure\.net, found: https:\/\/vault\.azure\.cn\.$/,
      /`azure\.cloud`/,
    );
    const tid = randomUUID();
    await expect(
      token({ tid }),
      unauthorized,
      new RegExp(`^AKV10032: Invalid issuer\\. Expected one of .*${TENANT}/, found .*${tid}/\\.$`),
      /`azure\.tenantId`/,
    );
    await expect("invalid", unauthorized, /^AKV10046: Unable to resolve the key/, /sign in anew/);
  });

  it("of an identity without a role, without a policy, or from elsewhere", async () => {
    await azure.vault();
    await expect(
      token(),
      [403, "Forbidden", "ForbiddenByRbac"],
      /not authorized to perform action/,
      /Key Vault Secrets Officer/,
    );
    await azure.vault({ enableRbacAuthorization: false });
    await expect(
      token(),
      [403, "Forbidden", "ForbiddenByPolicy"],
      /does not have secrets get permission on key vault 'my-vault;location=westeurope'/,
      /az keyvault set-policy/,
    );
    await azure.vault({ networkAcls: { defaultAction: "Deny" } });
    await expect(
      token(),
      [403, "Forbidden", "ForbiddenByFirewall"],
      /Client address: 127\.0\.0\.1$/,
      /`azure\.vault\.network\.ipRules`/,
    );
  });

  it("is told with what to do about it", async () => {
    await azure.vault();
    await azure.signIn();
    const place = { subscriptionId: SUBSCRIPTION, tenantId: TENANT, cloud: "AzureChinaCloud" } as const;
    const vault = { name: "my-vault", url: `${azure.url}/keyvault/my-vault` };
    await assert.rejects(
      new AzureClient(testContext(), place).vault("GET", vault, "/secrets/db"),
      (error) =>
        error instanceof AzureRefusal && /AKV10022: [^]*\n→ .*correct `azure\.cloud`/.test(error.message),
    );
  });

  it("is a sign-in whose token no federated credential takes, whichever part differs", () => {
    for (const code of ["70021", "700211", "700212", "700213"])
      assert.match(nextStep("OIDC", `AADSTS${code}: No matching`), /issuer, subject and audience/);
    assert.match(nextStep("OIDC", "AADSTS7000215: Invalid client secret"), /secret's value/);
  });
});
