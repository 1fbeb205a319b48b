/** From a store to what it gives access to. */
import type { Cluster } from "../controllers/cluster";
import { required } from "../http";
import { connectVault } from "./hashicorp-vault";
import { connectKeyVault } from "./key-vault";
import type { Provider } from "./provider";
import type { SecretStore } from "./types";

/** @throws Error for what keeps the store from its vault */
export async function connect(cluster: Cluster, store: SecretStore): Promise<Provider> {
  const { azurekv, vault } = store.spec.provider ?? {};
  if (azurekv !== undefined) return await connectKeyVault(cluster, store, azurekv, required("AZURE_URL"));
  if (vault !== undefined) return await connectVault(cluster, store, vault, process.env.VAULT_ADDR);
  throw new Error("the sandbox has the providers azurekv and vault only");
}
