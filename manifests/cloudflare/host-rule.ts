import type { OriginRequest, OwnRule } from "./ingress-rules";

/** Where ingress-nginx is in a cluster that it was installed in by its chart's defaults. */
export const INGRESS_SERVICE = "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443";

export interface HostRuleOptions {
  readonly hostname: string;
  /** Go regular expression for the path. @default every path */
  readonly path?: string;
  /** @default {@link INGRESS_SERVICE} */
  readonly service?: string;
  /** CA bundle for the origin's certificate, by its path in cloudflared's container. */
  readonly caPool?: string;
  /** Further settings of cloudflared for it, which count more than those that follow from the service. */
  readonly originRequest?: OriginRequest;
}

/** The tunnel's rule for a host: to the ingress controller, whose certificate is checked against the host. */
export function hostRule({
  hostname,
  path,
  service = INGRESS_SERVICE,
  caPool,
  originRequest: given,
}: HostRuleOptions): OwnRule {
  const originRequest = { ...(/^(https|wss):/.test(service) && checked(hostname, caPool, given)), ...given };
  return {
    hostname,
    ...(path !== undefined && { path }),
    service,
    ...(Object.keys(originRequest).length > 0 && { originRequest }),
  };
}

/** How a certificate is checked that a host doesn't say otherwise of. */
function checked(hostname: string, caPool: string | undefined, given: OriginRequest = {}): OriginRequest {
  return {
    // With that one each request's own host counts.
    ...(given.matchSNItoHost !== true && { originServerName: hostname }),
    ...(caPool !== undefined && { caPool }),
  };
}
