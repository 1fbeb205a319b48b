/**
 * Stand-in of CloudNativePG, as a process beside the API server: no database runs. Clusters get the Secret and Services
 * that their users wait for, Databases and DatabaseRoles are reported as applied.
 *
 * Works as long as the cluster has the operator's Deployment. Environment: KUBECONFIG.
 */
import { clusterController } from "./cloudnative-pg/cluster";
import { declarationController } from "./cloudnative-pg/declaration";
import { runControllers } from "./controllers/run";

if (require.main === module) {
  runControllers((cluster) => [
    clusterController(cluster),
    declarationController(cluster, "databases"),
    declarationController(cluster, "databaseroles"),
  ]);
}
