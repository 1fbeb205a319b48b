import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import type { SecretClient } from "@azure/keyvault-secrets";
import { startAzure } from "../../../tools/sandbox/services/azure";
import { keyVaultManagementClient, secretClient } from "../../../tools/sandbox/services/azure/clients";
import {
  isUntouched,
  renderData,
  renderSecret,
  syncVersion,
} from "../../../tools/sandbox/services/external-secrets/render";
import type { ExternalSecret } from "../../../tools/sandbox/services/external-secrets/types";
import { keyVault } from "../../../tools/sandbox/services/external-secrets/key-vault";
import { readValues } from "../../../tools/sandbox/services/external-secrets/values";
import type { Service } from "../../../tools/sandbox/services/http";

const external = (spec: ExternalSecret["spec"]): ExternalSecret => ({
  apiVersion: "external-secrets.io/v1",
  kind: "ExternalSecret",
  metadata: {
    name: "calcom-secret",
    namespace: "calcom",
    uid: "u-1",
    generation: 1,
    labels: { app: "calcom" },
  },
  spec,
});
const data = (remoteRef: NonNullable<ExternalSecret["spec"]["data"]>[number]["remoteRef"]) =>
  external({ data: [{ secretKey: "KEY", remoteRef }] });

describe("External Secrets stand-in", () => {
  describe("reads the vault", () => {
    let service: Service;
    let vault: SecretClient;
    before(async () => {
      const subscriptionId = randomUUID();
      const tenantId = randomUUID();
      service = await startAzure({ subscriptionId, tenantId });
      await fetch(`${service.url}/subscriptions/${subscriptionId}/resourceGroups/rg?api-version=2024-01-01`, {
        method: "PUT",
        headers: { authorization: "Bearer x" },
        body: JSON.stringify({ location: "westeurope" }),
      });
      const { properties } = await keyVaultManagementClient(
        service.url,
        subscriptionId,
      ).vaults.createOrUpdate("rg", "kv-1", {
        location: "westeurope",
        properties: { tenantId, sku: { family: "A", name: "standard" } },
      });
      vault = secretClient(properties.vaultUri ?? "");
      await vault.setSecret("plain", "one");
      await vault.setSecret("json", '{"user":"cal","deep":{"n":2},"a.b":"dot"}');
    });
    after(() => service.close());

    it("by key, version, property and decoding", async () => {
      const { version = "" } = (await vault.getSecret("plain")).properties;
      await vault.setSecret("plain", "dHdv");
      const read = async (ref: {
        key: string;
        property?: string;
        version?: string;
        decodingStrategy?: string;
      }) => (await readValues(data(ref), keyVault(vault))).KEY;
      assert.equal(await read({ key: "plain" }), "dHdv");
      assert.equal(await read({ key: "secret/plain", version }), "one");
      assert.equal(await read({ key: "plain", decodingStrategy: "Base64" }), "two");
      assert.equal(await read({ key: "json", property: "user" }), "cal");
      assert.equal(await read({ key: "json", property: "deep.n" }), "2");
      assert.equal(await read({ key: "json", property: "a.b" }), "dot");
    });

    it("all properties by extract, with single keys over them", async () => {
      const spec = {
        dataFrom: [{ extract: { key: "json" } }],
        data: [{ secretKey: "user", remoteRef: { key: "json", property: "a.b" } }],
      };
      assert.deepEqual(await readValues(external(spec), keyVault(vault)), {
        user: "dot",
        deep: '{"n":2}',
        "a.b": "dot",
      });
    });

    it("names the entry and the key that is missing", async () => {
      const fails = (ref: { key: string; property?: string; version?: string }, words: RegExp) =>
        assert.rejects(readValues(data(ref), keyVault(vault)), (error: unknown) => {
          assert.ok(error instanceof Error);
          assert.match(error.message, words);
          return true;
        });
      await fails(
        { key: "calcom-url" },
        /^error processing spec\.data\[0\] \(key: calcom-url\), err: Secret does not exist$/,
      );
      await fails({ key: "json", property: "none" }, /property none does not exist in key json$/);
      await fails({ key: "plain", version: "0".repeat(32) }, /Secret does not exist$/);
      await fails({ key: "plain", property: "x" }, /value is not a JSON object$/);
    });

    it("leaves out what is missing under another deletionPolicy", async () => {
      const spec = { ...data({ key: "none" }).spec, target: { deletionPolicy: "Delete" as const } };
      assert.deepEqual(await readValues(external(spec), keyVault(vault)), {});
    });

    it("refuses what it does not do", async () => {
      await assert.rejects(
        readValues(external({ dataFrom: [{ find: {} }] }), keyVault(vault)),
        /supports extract only/,
      );
    });
  });

  describe("renders the Secret", () => {
    const values = { password: "p@ss", extra: "kept" };
    const template = { data: { URL: "db://{{ .password | urlquery }}" } };

    it("with the values, the template or both", () => {
      assert.deepEqual(renderData(external({}), values), values);
      assert.deepEqual(renderData(external({ target: { template } }), values), { URL: "db://p%40ss" });
      const merged = { target: { template: { ...template, mergePolicy: "Merge" as const } } };
      assert.deepEqual(renderData(external(merged), values), { ...values, URL: "db://p%40ss" });
    });

    it("naming the key of a template that fails, never a value", () => {
      const broken = external({ target: { template: { data: { URL: "{{ .password | sha1sum }}" } } } });
      assert.throws(() => renderData(broken, values), {
        message: "template.data.URL: template uses sha1sum, which the sandbox does not support",
      });
    });

    it("owned, labelled and typed as asked", () => {
      const plain = renderSecret(external({}), values);
      assert.equal(plain.type, "Opaque");
      assert.equal(plain.metadata.labels?.app, "calcom");
      assert.deepEqual(
        plain.metadata.ownerReferences?.map(({ kind, name, uid, controller }) => [
          kind,
          name,
          uid,
          controller,
        ]),
        [["ExternalSecret", "calcom-secret", "u-1", true]],
      );
      assert.equal(plain.data?.password, Buffer.from("p@ss").toString("base64"));
      const target = {
        name: "other",
        creationPolicy: "Orphan" as const,
        template: { type: "kubernetes.io/basic-auth", metadata: { labels: { own: "yes" } } },
      };
      const templated = renderSecret(external({ target }), values);
      assert.equal(templated.type, "kubernetes.io/basic-auth");
      assert.equal(templated.metadata.name, "other");
      assert.equal(templated.metadata.labels?.own, "yes");
      assert.equal(templated.metadata.labels.app, undefined);
      assert.equal(templated.metadata.ownerReferences, undefined);
    });

    it("so that a change by others is seen", () => {
      const secret = renderSecret(external({}), values);
      assert.ok(isUntouched(secret));
      assert.ok(!isUntouched({ ...secret, data: { ...secret.data, password: "eA==" } }));
    });
  });

  it("syncs again on a new spec or the force-sync annotation", () => {
    const first = external({});
    const { metadata } = first;
    const forced = {
      ...first,
      metadata: { ...metadata, annotations: { "external-secrets.io/force-sync": "1" } },
    };
    const changed = { ...first, metadata: { ...metadata, generation: 2 } };
    assert.equal(new Set([first, forced, changed].map(syncVersion)).size, 3);
  });
});
