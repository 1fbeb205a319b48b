import type { OwnRule } from "./ingress-rules";

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
}

/** The tunnel's rule for a host: to the ingress controller, whose certificate is checked against the host. */
export function hostRule({ hostname, path, service = INGRESS_SERVICE, caPool }: HostRuleOptions): OwnRule {
  return {
    hostname,
    ...(path !== undefined && { path }),
    service,
    ...(service.startsWith("https:") && {
      originRequest: { originServerName: hostname, ...(caPool !== undefined && { caPool }) },
    }),
  };
}
