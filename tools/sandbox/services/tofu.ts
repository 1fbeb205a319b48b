/**
 * Stand-in of tofu-controller, as a process beside the API server: the pods that its chart makes are only simulated. It
 * plans and applies nothing. A Terraform object is Ready when its path is in its source's artifact and all that it
 * refers to is there; what its configuration would have made in Vault comes from the table in tofu/effects.ts.
 *
 * Works as long as the cluster has the Deployment of tofu-controller. Environment: KUBECONFIG, VAULT_ADDR and
 * VAULT_TOKEN (the Vault stand-in's; without them no effects).
 */
import { runControllers } from "./controllers/run";
import { terraformController } from "./tofu/terraform";
import { VaultWriter } from "./tofu/vault-writer";

if (require.main === module) {
  const { VAULT_ADDR = "", VAULT_TOKEN = "" } = process.env;
  const vault = VAULT_ADDR === "" ? undefined : new VaultWriter(VAULT_ADDR, VAULT_TOKEN);
  runControllers((cluster) => [terraformController(cluster, vault)]);
}
