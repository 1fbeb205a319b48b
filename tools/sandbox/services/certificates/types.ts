/** The fields of cert-manager's and the Origin CA issuer's APIs that the stand-in reads. */
import type { Conditions } from "../controllers/conditions";
import type { KubeObject } from "../controllers/cluster";

export const issuerGroup = "cert-manager.k8s.cloudflare.com";
export const issuerApi = `/apis/${issuerGroup}/v1`;
export const certificateApi = "/apis/cert-manager.io/v1";

export interface SecretKeyRef {
  readonly name: string;
  readonly key: string;
}

export interface OriginIssuer extends KubeObject {
  readonly spec: {
    readonly requestType: "OriginRSA" | "OriginECC";
    readonly auth: { readonly tokenRef?: SecretKeyRef; readonly serviceKeyRef?: SecretKeyRef };
  };
  readonly status?: { readonly conditions?: Conditions };
}

export interface Certificate extends KubeObject {
  readonly spec: {
    readonly secretName: string;
    readonly issuerRef: { readonly name: string; readonly kind?: string; readonly group?: string };
    readonly dnsNames?: readonly string[];
    readonly commonName?: string;
    readonly ipAddresses?: readonly string[];
    readonly duration?: string;
    readonly renewBefore?: string;
    readonly privateKey?: {
      readonly algorithm?: "RSA" | "ECDSA" | "Ed25519";
      readonly size?: number;
      readonly encoding?: "PKCS1" | "PKCS8";
    };
    readonly secretTemplate?: {
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  };
  readonly status?: {
    readonly conditions?: Conditions;
    readonly notAfter?: string;
    readonly renewalTime?: string;
    readonly revision?: number;
  };
}
