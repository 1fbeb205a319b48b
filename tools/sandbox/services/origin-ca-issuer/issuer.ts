/** OriginIssuer and ClusterOriginIssuer: Ready when the Secret has their token. Cloudflare isn't asked about it. */
import { changedCondition } from "../controllers/conditions";
import type { Cluster, KubeObject, List } from "../controllers/cluster";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { component, issuerApi, type OriginIssuer } from "./types";

const retryDelay = 500;
const checkInterval = 60_000;

export function issuerController(
  cluster: Cluster,
  resource: "originissuers" | "clusteroriginissuers",
): Controller {
  return {
    name: resource,
    path: `${issuerApi}/${resource}`,
    reconcile: async (key) => {
      const path = pathOf(issuerApi, resource, key);
      const issuer = await cluster.get<OriginIssuer>(path);
      if (!issuer || issuer.metadata.deletionTimestamp) return undefined;
      const found = await check(cluster, issuer);
      const condition = changedCondition(issuer.status?.conditions, { type: "Ready", ...found.condition });
      if (condition) {
        await cluster.patchStatus(path, { conditions: [condition] });
        const type = found.condition.status === "True" ? "Normal" : "Warning";
        await cluster.event(issuer, component, type, found.event, found.condition.message);
      }
      return found.condition.status === "True" ? checkInterval : retryDelay;
    },
  };
}

interface Found {
  readonly condition: {
    readonly status: "True" | "False";
    readonly reason: string;
    readonly message: string;
  };
  readonly event: string;
}

async function check(cluster: Cluster, issuer: OriginIssuer): Promise<Found> {
  const of = (status: "True" | "False", reason: string, message: string, event: string): Found => ({
    condition: { status, reason, message },
    event,
  });
  try {
    await issuerToken(cluster, issuer);
    return of("True", "Checked", "Succeeded checking the issuer", "Checked");
  } catch (error) {
    if (error instanceof NoAuthentication)
      return of("False", "Failed", `Failed permanently: ${error.message}`, "PermanentError");
    if (error instanceof NoToken)
      return of("False", "Pending", `Not ready yet: ${error.message}`, "RetryableError");
    throw error;
  }
}

class NoAuthentication extends Error {}
class NoToken extends Error {}

/** @throws Error in the words of the issuer's condition. */
export async function issuerToken(cluster: Cluster, issuer: OriginIssuer): Promise<string> {
  const { tokenRef } = issuer.spec.auth;
  if (!tokenRef) throw new NoAuthentication("no authentication methods were configured");
  const namespace = issuer.metadata.namespace ?? (await clusterResourceNamespace(cluster));
  const secret = await cluster.secret(namespace, tokenRef.name);
  if (!secret) throw new NoToken(`secrets "${tokenRef.name}" not found`);
  const token = secret.data?.[tokenRef.key];
  if (token === undefined)
    throw new NoToken(`secret "${tokenRef.name}" does not contain key "${tokenRef.key}"`);
  return Buffer.from(token, "base64").toString("utf8");
}

interface Deployment extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly args?: readonly string[] }[] };
    };
  };
}

/** Where the Secrets of ClusterOriginIssuers are: what the chart's controller is started with. */
async function clusterResourceNamespace(cluster: Cluster): Promise<string> {
  const selector = encodeURIComponent("app.kubernetes.io/name=origin-ca-issuer");
  const list = await cluster.get<List<Deployment>>(`/apis/apps/v1/deployments?labelSelector=${selector}`);
  const controller = list?.items[0];
  if (!controller) throw new NoToken("the Deployment of origin-ca-issuer is not installed");
  const flag = "--cluster-resource-namespace=";
  const args = controller.spec.template.spec.containers.flatMap((container) => container.args ?? []);
  const given = args.find((arg) => arg.startsWith(flag))?.slice(flag.length);
  return given && given !== "$(POD_NAMESPACE)" ? given : (controller.metadata.namespace ?? "");
}
