/** OriginIssuer and ClusterOriginIssuer: Ready when their token exists and Cloudflare accepts it. */
import { changedCondition } from "../controllers/conditions";
import type { Cluster, KubeObject, List } from "../controllers/cluster";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { OriginCa } from "./cloudflare-ca";
import { issuerApi, type OriginIssuer } from "./types";

const retryDelay = 500;
const checkInterval = 60_000;
const component = "originissuer-controller";

export function issuerController(
  cluster: Cluster,
  baseURL: string,
  resource: "originissuers" | "clusteroriginissuers",
): Controller {
  return {
    name: resource,
    path: `${issuerApi}/${resource}`,
    reconcile: async (key) => {
      const path = pathOf(issuerApi, resource, key);
      const issuer = await cluster.get<OriginIssuer>(path);
      if (!issuer || issuer.metadata.deletionTimestamp) return undefined;
      const fault = await check(cluster, issuer, baseURL);
      const condition = changedCondition(issuer.status?.conditions, {
        type: "Ready",
        status: fault ? "False" : "True",
        reason: fault ? fault.reason : "Verified",
        message: fault ? fault.message : `${issuer.kind ?? resource} verified and ready to sign certificates`,
      });
      if (condition) {
        await cluster.patchStatus(path, { conditions: [condition] });
        const type = fault ? "Warning" : "Normal";
        await cluster.event(issuer, component, type, condition.reason ?? "", condition.message ?? "");
      }
      return fault ? retryDelay : checkInterval;
    },
  };
}

interface Fault {
  readonly reason: string;
  readonly message: string;
}

async function check(cluster: Cluster, issuer: OriginIssuer, baseURL: string): Promise<Fault | undefined> {
  try {
    const token = await issuerToken(cluster, issuer);
    const message = await new OriginCa(baseURL, token).tokenFault();
    return message === undefined ? undefined : { reason: "Error", message };
  } catch (error) {
    if (error instanceof IssuerError) return { reason: error.reason, message: error.message };
    throw error;
  }
}

class IssuerError extends Error {
  constructor(
    readonly reason: "NotFound" | "MissingAuthentication" | "ServiceKeyRefused",
    message: string,
  ) {
    super(message);
  }
}

/** @throws IssuerError in the words of the issuer's condition. */
export async function issuerToken(cluster: Cluster, issuer: OriginIssuer): Promise<string> {
  const { tokenRef, serviceKeyRef } = issuer.spec.auth;
  if (!tokenRef) {
    throw serviceKeyRef
      ? new IssuerError(
          "ServiceKeyRefused",
          "spec.auth.serviceKeyRef: Cloudflare's service keys stopped working on 2026-09-30; use spec.auth.tokenRef " +
            "with an API token that has SSL and Certificates Write on the zone",
        )
      : new IssuerError("MissingAuthentication", "spec.auth.tokenRef is required");
  }
  const namespace = issuer.metadata.namespace ?? (await clusterResourceNamespace(cluster));
  const secret = await cluster.secret(namespace, tokenRef.name);
  if (!secret) throw new IssuerError("NotFound", `Secret ${namespace}/${tokenRef.name} does not exist`);
  const token = secret.data?.[tokenRef.key];
  if (token === undefined) {
    throw new IssuerError("NotFound", `Secret ${namespace}/${tokenRef.name} has no key ${tokenRef.key}`);
  }
  return Buffer.from(token, "base64").toString("utf8").trim();
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
  if (!controller) throw new IssuerError("NotFound", "the Deployment of origin-ca-issuer is not installed");
  const flag = "--cluster-resource-namespace=";
  const args = controller.spec.template.spec.containers.flatMap((container) => container.args ?? []);
  const given = args.find((arg) => arg.startsWith(flag))?.slice(flag.length);
  return given && given !== "$(POD_NAMESPACE)" ? given : (controller.metadata.namespace ?? "");
}
