// Made by `npm run generate` from the CRDs of Flux v2.9.4; not edited by hand.
// ImagePolicy of image.toolkit.fluxcd.io/v1

/**
 * ImagePolicySpec defines the parameters for calculating the
 * ImagePolicy.
 */
export interface ImagePolicySpec {
  /**
   * DigestReflectionPolicy governs the setting of the `.status.latestRef.digest` field.
   *
   * Never: The digest field will always be set to the empty string.
   *
   * IfNotPresent: The digest field will be set to the digest of the elected
   * latest image if the field is empty and the image did not change.
   *
   * Always: The digest field will always be set to the digest of the elected
   * latest image.
   *
   * Default: Never.
   *
   * @default "Never"
   */
  readonly digestReflectionPolicy?: "Always" | "IfNotPresent" | "Never";
  /**
   * FilterTags enables filtering for only a subset of tags based on a set of
   * rules. If no rules are provided, all the tags from the repository will be
   * ordered and compared.
   */
  readonly filterTags?: {
    /**
     * Extract allows a capture group to be extracted from the specified regular
     * expression pattern, useful before tag evaluation.
     */
    readonly extract?: string;
    /**
     * Pattern specifies a regular expression pattern used to filter for image
     * tags.
     */
    readonly pattern?: string;
  };
  /**
   * ImageRepositoryRef points at the object specifying the image
   * being scanned
   */
  readonly imageRepositoryRef: {
    /**
     * Name of the referent.
     */
    readonly name: string;
    /**
     * Namespace of the referent, when not specified it acts as LocalObjectReference.
     */
    readonly namespace?: string;
  };
  /**
   * Interval is the length of time to wait between
   * refreshing the digest of the latest tag when the
   * reflection policy is set to "Always".
   *
   * Defaults to 10m.
   */
  readonly interval?: string;
  /**
   * Policy gives the particulars of the policy to be followed in
   * selecting the most recent image
   */
  readonly policy: {
    /**
     * Alphabetical set of rules to use for alphabetical ordering of the tags.
     */
    readonly alphabetical?: {
      /**
       * Order specifies the sorting order of the tags. Given the letters of the
       * alphabet as tags, ascending order would select Z, and descending order
       * would select A.
       *
       * @default "asc"
       */
      readonly order?: "asc" | "desc";
    };
    /**
     * Numerical set of rules to use for numerical ordering of the tags.
     */
    readonly numerical?: {
      /**
       * Order specifies the sorting order of the tags. Given the integer values
       * from 0 to 9 as tags, ascending order would select 9, and descending order
       * would select 0.
       *
       * @default "asc"
       */
      readonly order?: "asc" | "desc";
    };
    /**
     * SemVer gives a semantic version range to check against the tags
     * available.
     */
    readonly semver?: {
      /**
       * Range gives a semver range for the image tag; the highest
       * version within the range that's a tag yields the latest image.
       */
      readonly range: string;
    };
  };
  /**
   * This flag tells the controller to suspend subsequent policy reconciliations.
   * It does not apply to already started reconciliations. Defaults to false.
   */
  readonly suspend?: boolean;
}
