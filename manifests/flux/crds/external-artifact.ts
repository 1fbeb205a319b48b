// Made by `npm run generate` from the CRDs of Flux v2.9.4; not edited by hand.
// ExternalArtifact of source.toolkit.fluxcd.io/v1

/**
 * ExternalArtifactSpec defines the desired state of ExternalArtifact
 */
export interface ExternalArtifactSpec {
  /**
   * SourceRef points to the Kubernetes custom resource for
   * which the artifact is generated.
   */
  readonly sourceRef?: {
    /**
     * API version of the referent, if not specified the Kubernetes preferred version will be used.
     */
    readonly apiVersion?: string;
    /**
     * Kind of the referent.
     */
    readonly kind: string;
    /**
     * Name of the referent.
     */
    readonly name: string;
    /**
     * Namespace of the referent, when not specified it acts as LocalObjectReference.
     */
    readonly namespace?: string;
  };
}
