/**
 * Stand-in of the External Secrets operator, as a process beside the API server: the pods that its chart makes are
 * only simulated. It waits for the CRDs, then keeps stores and ExternalSecrets as the real one does for Azure Key Vault.
 */
import { runControllers } from "./controllers/run";
import { storeController } from "./external-secrets/store";
import { externalSecretController } from "./external-secrets/sync";

if (require.main === module) {
  runControllers((cluster) => [
    storeController(cluster, "clustersecretstores"),
    storeController(cluster, "secretstores"),
    externalSecretController(cluster),
  ]);
}
