/** The fields of cert-manager's and the Origin CA issuer's APIs that the stand-in reads. */
import type { Condition, Conditions } from "../controllers/conditions";
import type { KubeObject } from "../controllers/cluster";

export const issuerGroup = "cert-manager.k8s.cloudflare.com";
export const issuerApi = `/apis/${issuerGroup}/v1`;
export const requestApi = "/apis/cert-manager.io/v1";
/** Who the controller is, in fields and events. */
export const component = `originissuer.${issuerGroup}`;

interface SecretKeyRef {
  readonly name: string;
  readonly key: string;
}

export interface OriginIssuer extends KubeObject {
  readonly spec: {
    readonly requestType: "OriginRSA" | "OriginECC";
    readonly auth: { readonly tokenRef?: SecretKeyRef };
  };
  readonly status?: { readonly conditions?: Conditions };
}

export interface CertificateRequest extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly creationTimestamp?: string };
  readonly spec: {
    readonly issuerRef: { readonly name: string; readonly kind?: string; readonly group?: string };
    /** PEM in base64. */
    readonly request: string;
    readonly duration?: string;
  };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly certificate?: string };
}
