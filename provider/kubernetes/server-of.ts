import { UserError } from "../plugin/handler";
import { Cluster, type ClusterConnection } from "./cluster";

/** Address of the cluster of a kubeconfig, or its text where it can't be used: others' credentials are for the same one. */
export async function serverOf(connection: ClusterConnection): Promise<string> {
  try {
    return (await Cluster.connect(connection)).server;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return connection.kubeconfig;
  }
}
