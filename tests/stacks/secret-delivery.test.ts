import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { type DeliverySettings, SecretDelivery } from "../../stacks/secret-delivery";

const sops = { recipient: "age1recipient", identity: pulumi.output("canary") };
const azure = (identity: object) => ({ vault: { name: "vault" }, identity });
const principal = { servicePrincipal: { clientId: "id", clientSecret: pulumi.output("canary") } };

describe("SecretDelivery", () => {
  const cases: readonly [string, object, readonly string[]][] = [
    ["the key that decrypts git", { secrets: "sops", sops }, ["sops-age"]],
    ["no key that somebody else keeps there", { secrets: "sops", sops: { recipient: sops.recipient } }, []],
    ["the vault's credential", { azure: azure(principal) }, ["azure-keyvault-credentials"]],
    ["nothing for an identity of the nodes", { azure: azure({ managedIdentity: {} }), sops }, []],
  ];
  for (const [what, settings, names] of cases) {
    it(`names what it puts beside Flux: ${what}`, () => {
      assert.deepEqual(new SecretDelivery(settings as DeliverySettings).clusterSecrets, names);
    });
  }
});
