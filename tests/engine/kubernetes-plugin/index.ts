/** The program of ../kubernetes-plugin.test.ts: objects whose changes update, replace or wait. */
import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Provider } from "@pulumi/kubernetes/provider";

const config = new pulumi.Config();
const name = config.require("name");
const provider = new Provider("cluster", {
  kubeconfig: config.require("kubeconfig"),
  enableSecretMutable: true,
  upsertExistingObjects: config.getBoolean("upsert"),
});

const namespace = new Namespace("namespace", { metadata: { name } }, { provider });
const metadata = { namespace: namespace.metadata.name };
new Secret(
  "secret",
  { metadata: { ...metadata, name: "auth" }, stringData: { password: config.require("password") } },
  { provider },
);
const settings = new ConfigMap(
  "Settings",
  { metadata, data: { size: config.require("size") } },
  { provider },
);

const group = `${name}.example.com`;
const schema = {
  type: "object",
  properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
};
const definition = new CustomResourceDefinition(
  "definition",
  {
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  },
  { provider },
);
new CustomResource(
  "widget",
  {
    apiVersion: `${group}/v1`,
    kind: "Widget",
    metadata: { ...metadata, name: "widget" },
    spec: { [config.get("field") ?? "size"]: config.requireNumber("size") },
  },
  { provider, dependsOn: definition },
);

export const settingsName = settings.metadata.name;
