/** The fields of CloudNativePG's API that the stand-in reads. */
import type { Conditions } from "../controllers/conditions";
import type { KubeObject } from "../controllers/cluster";

export const api = "/apis/postgresql.cnpg.io/v1";
/** Name of the operator's image. */
export const operator = "cloudnative-pg";

export interface PostgresCluster extends KubeObject {
  readonly spec: {
    readonly instances?: number;
    readonly bootstrap?: {
      readonly initdb?: {
        readonly database?: string;
        readonly owner?: string;
        /** A Secret of one's own in place of `<cluster>-app`. */
        readonly secret?: { readonly name: string };
      };
    };
  };
  readonly status?: { readonly phase?: string; readonly conditions?: Conditions };
}

/** A Database, or a DatabaseRole. */
export interface Declaration extends KubeObject {
  readonly spec: {
    readonly cluster: { readonly name: string };
    readonly passwordSecret?: { readonly name: string };
  };
  readonly status?: {
    readonly applied?: boolean;
    readonly message?: string;
    readonly observedGeneration?: number;
  };
}

export const healthy = "Cluster in healthy state";
