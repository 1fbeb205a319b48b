/** The fields of tofu-controller's API that the stand-in reads. */
import type { Conditions } from "../controllers/conditions";
import type { KubeObject } from "../controllers/cluster";

export const api = "/apis/infra.contrib.fluxcd.io/v1alpha2";

interface Reference {
  readonly name: string;
  readonly namespace?: string;
}

export interface SourceReference extends Reference {
  readonly kind: string;
}

export interface Terraform extends KubeObject {
  readonly spec: {
    readonly path?: string;
    readonly sourceRef: SourceReference;
    /** Empty waits for a person, `auto` doesn't, else the id of the plan that is approved. */
    readonly approvePlan?: string;
    readonly interval?: string;
    readonly retryInterval?: string;
    readonly suspend?: boolean;
    readonly dependsOn?: readonly Reference[];
    readonly cliConfigSecretRef?: Reference;
    readonly varsFrom?: readonly {
      readonly kind: "Secret" | "ConfigMap";
      readonly name: string;
      /** `key`, or `key:variable`. */
      readonly varsKeys?: readonly string[];
      readonly optional?: boolean;
    }[];
    readonly writeOutputsToSecret?: {
      readonly name: string;
      /** `output`, or `output:key`. */
      readonly outputs?: readonly string[];
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  };
  readonly status?: {
    readonly conditions?: Conditions;
    readonly observedGeneration?: number;
    readonly lastAppliedRevision?: string;
    readonly lastPlannedRevision?: string;
  };
}

export interface Artifact {
  readonly url: string;
  readonly revision: string;
  /** `sha256:…` */
  readonly digest: string;
}

export interface Source extends KubeObject {
  readonly status?: { readonly artifact?: Artifact };
}

/** Why a Terraform object isn't Ready, as its condition says it. */
export class TerraformFault extends Error {
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}
