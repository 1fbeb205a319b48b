import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../../manifests/app";
import type { Delivery } from "../../manifests/layouts/layout";
import { secret } from "../../manifests/secrets/app-secret";
import { value } from "../../manifests/secrets/secret-text";
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

  const app: App = {
    name: "hello",
    kustomizations: [
      {
        name: "hello",
        manifests: { "secret.yaml": secret("hello", "hello", { A: value("made"), B: value("kept") }) },
      },
    ],
  };
  const sources = { made: { template: [] }, kept: { stored: "kept" } };

  it("refuses what this stack makes in a Secret from a store that it doesn't fill", () => {
    const said = (modes: Delivery): string[] =>
      new SecretDelivery({} as DeliverySettings, modes).faults([app], sources);
    const fault =
      "Secret hello/hello takes the value made, which this stack makes, from a store that it doesn't fill.";
    assert.deepEqual(said([{ from: "store" }]), [fault]);
    assert.deepEqual(said([{ from: "store" }, { from: "patched" }]), [
      `${fault} Declare the Secret with { via: "patched" }.`,
    ]);
    assert.deepEqual(said([{ from: "patched" }]), []);
  });

  it("takes it where the vault is this stack's to fill", () => {
    const delivery = new SecretDelivery({ azure: azure({}) } as unknown as DeliverySettings);
    assert.deepEqual(delivery.faults([app], sources), []);
    assert.equal(delivery.wayOfOwn, undefined);
  });
});
