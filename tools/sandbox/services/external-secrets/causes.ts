/** The operator's conditions don't say why something fails; its events do. */
import type { Cluster, KubeObject } from "../controllers/cluster";

export class Causes {
  private readonly told = new Map<string, string>();

  constructor(private readonly cluster: Cluster) {}

  /**
   * An event with the cause of a failure, or with the success: once, until another one takes its place.
   * @param key of the object @param fault undefined for success
   */
  async tell(
    object: KubeObject,
    key: string,
    reason: string,
    fault: Error | undefined,
    success: string,
  ): Promise<void> {
    const message = fault?.message ?? success;
    if (this.told.get(key) === `${reason} ${message}`) return;
    this.told.set(key, `${reason} ${message}`);
    await this.cluster.event(
      object,
      "external-secrets",
      fault === undefined ? "Normal" : "Warning",
      reason,
      message,
    );
  }
}
