/** What a store refers to: Secrets and ServiceAccounts of its own namespace, or of one that it names. */
import type { Cluster } from "../controllers/cluster";
import type { SecretKeySelector, SecretStore } from "./types";

/** @throws Error for a ClusterSecretStore that leaves the namespace open */
export function referenceNamespace(
  store: SecretStore,
  ref: { readonly namespace?: string } | undefined,
  field: string,
): string {
  const namespace = store.kind === "ClusterSecretStore" ? ref?.namespace : store.metadata.namespace;
  if (!namespace) throw new Error(`${field}.namespace is required in a ClusterSecretStore`);
  return namespace;
}

/** What a Secret has under a key. @throws Error in the operator's words, never with a value */
export async function readKey(
  cluster: Cluster,
  namespace: string,
  { name = "", key = "" }: SecretKeySelector,
): Promise<string> {
  const secret = await cluster.secret(namespace, name);
  if (!secret) {
    throw new Error(
      `cannot get Kubernetes secret "${name}" from namespace "${namespace}": secrets "${name}" not found`,
    );
  }
  const value = secret.data?.[key];
  if (value === undefined) {
    throw new Error(`cannot find secret data for key: "${key}" in secret "${namespace}/${name}"`);
  }
  return Buffer.from(value, "base64").toString("utf8");
}
