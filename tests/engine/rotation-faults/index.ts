/** The program of ../rotation-faults.test.ts: credentials of several kinds, the vault that has them, and who lives by them. */
import { Provider } from "@pulumi/azure-native/provider";
import * as pulumi from "@pulumi/pulumi";
import { KeyVaultSecrets } from "../../../components/azure/key-vault";
import { LookProvider } from "../../../components/before-create";
import { SecretRollout } from "../../../components/kubernetes/secret-rollout";
import { makeValues } from "../../../components/secrets/values";
import { value } from "../../../manifests/secrets/secret-text";

/** What the test sets. */
export interface RotationOfTest {
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** Address of the vault. */
  readonly url: string;
  /** Of all credentials. */
  readonly rotation: number;
}

const config = new pulumi.Config();
const { subscriptionId, tenantId, url, rotation } = config.requireObject<RotationOfTest>("rotation");
const values = makeValues("values", {
  password: { kind: "urlSafePassword", rotation },
  bytes: { kind: { bytes: 32 }, rotation },
  uuid: { kind: "uuid", rotation },
  age: { kind: "ageKey", rotation },
  htpasswd: { kind: { htpasswd: { user: "admin" } }, rotation },
});
const vault = new KeyVaultSecrets(
  "key-vault",
  {
    ...{ subscriptionId, tenantId, resourceGroupName: "rg", location: "westeurope" },
    ...{ vault: { name: "my-vault", url }, secrets: values, looks: new LookProvider("looks") },
  },
  { providers: { "azure-native": new Provider("azure", { subscriptionId, tenantId }) } },
);
new SecretRollout(
  "secrets",
  {
    kubeconfig: config.require("kubeconfig"),
    secrets: Object.keys(values).map((name) => ({
      ...{ name, namespace: "calcom", from: "store" as const },
      data: { [name]: value(name) },
    })),
    values,
    timeoutSeconds: 30,
  },
  { dependsOn: vault },
);
