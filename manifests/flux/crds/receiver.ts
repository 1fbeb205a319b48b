// Made by `npm run generate` from the CRDs of Flux v2.9.4; not edited by hand.
// Receiver of notification.toolkit.fluxcd.io/v1

/**
 * ReceiverSpec defines the desired state of the Receiver.
 */
export interface ReceiverSpec {
  /**
   * Events specifies the list of event types to handle,
   * e.g. 'push' for GitHub or 'Push Hook' for GitLab.
   */
  readonly events?: readonly string[];
  /**
   * Interval at which to reconcile the Receiver with its Secret references.
   *
   * @default "10m"
   */
  readonly interval?: string;
  /**
   * OIDCProviders specifies the OIDC providers used to authenticate incoming
   * requests when Type is 'generic-oidc'. The provider whose IssuerURL matches
   * the token's 'iss' claim is used to verify the token signature, expiration
   * and audience, and to evaluate the configured CEL validations against the
   * token claims.
   *
   * Items: OIDCProvider configures an OIDC issuer used to authenticate requests for a
   * 'generic-oidc' Receiver.
   */
  readonly oidcProviders?: readonly {
    /**
     * Audience is the expected audience ('aud' claim) for tokens issued by
     * this provider. Defaults to 'notification-controller'.
     */
    readonly audience?: string;
    /**
     * IssuerURL is the OIDC issuer URL used for provider discovery. It must
     * match the 'iss' claim of tokens issued by this provider.
     */
    readonly issuerURL: string;
    /**
     * Validations is the list of CEL boolean expressions evaluated against the
     * token claims and the variables. The request is accepted only if all of
     * them evaluate to true; the message of each failing expression is returned
     * to the caller.
     *
     * At least one validation is required. A valid signature alone does not
     * authorize a request: public issuers issue tokens to any caller on the
     * platform, so the validations must constrain the caller's identity claims
     * (e.g. 'repository_owner' for GitHub Actions).
     *
     * @minItems 1
     *
     * Items: OIDCValidation is a CEL boolean expression evaluated against the OIDC token
     * claims and variables of a 'generic-oidc' Receiver.
     */
    readonly validations: readonly {
      /**
       * Expression is the CEL boolean expression to evaluate.
       */
      readonly expression: string;
      /**
       * Message is returned to the caller when the expression evaluates to false.
       */
      readonly message: string;
    }[];
    /**
     * Variables is an optional list of named CEL expressions, evaluated in order
     * and exposed as 'vars.<name>'. Each expression can read the token claims
     * via 'claims' and any variable defined before it. Use it to share
     * sub-expressions across validations.
     *
     * Items: OIDCVariable is a named CEL expression evaluated against the OIDC token
     * claims of a 'generic-oidc' Receiver.
     */
    readonly variables?: readonly {
      /**
       * Expression is the CEL expression that defines the variable value.
       */
      readonly expression: string;
      /**
       * Name is the variable name; it must be a valid CEL identifier.
       */
      readonly name: string;
    }[];
  }[];
  /**
   * ResourceFilter is a CEL expression expected to return a boolean that is
   * evaluated for each resource referenced in the Resources field when a
   * webhook is received. If the expression returns false then the controller
   * will not request a reconciliation for the resource.
   * The expression can read the resource metadata via 'res' and the webhook
   * request body via 'req'. For generic-oidc receivers, the verified OIDC
   * token claims are also available via 'claims'.
   * When the expression is specified the controller will parse it and mark
   * the object as terminally failed if the expression is invalid or does not
   * return a boolean.
   */
  readonly resourceFilter?: string;
  /**
   * A list of resources to be notified about changes.
   *
   * Items: ReceiverResource references a resource to be notified about changes, with an
   * optional per-resource CEL filter.
   */
  readonly resources: readonly {
    /**
     * API version of the referent
     */
    readonly apiVersion?: string;
    /**
     * Filter is a CEL expression expected to return a boolean that is evaluated
     * for each resource matched by this reference when a webhook is received,
     * in addition to the top-level resourceFilter. A reconciliation is requested
     * only when both expressions (when set) return true.
     * The expression can read the resource metadata via 'res' and the webhook
     * request body via 'req'. For generic-oidc receivers, the verified OIDC
     * token claims are also available via 'claims'.
     * When the expression is specified the controller will parse it and mark
     * the object as terminally failed if the expression is invalid or does not
     * return a boolean.
     */
    readonly filter?: string;
    /**
     * Kind of the referent
     */
    readonly kind:
      | "Bucket"
      | "GitRepository"
      | "Kustomization"
      | "HelmRelease"
      | "HelmChart"
      | "HelmRepository"
      | "ImageRepository"
      | "ImagePolicy"
      | "ImageUpdateAutomation"
      | "OCIRepository"
      | "ArtifactGenerator"
      | "ExternalArtifact";
    /**
     * MatchLabels is a map of {key,value} pairs. A single {key,value} in the matchLabels
     * map is equivalent to an element of matchExpressions, whose key field is "key", the
     * operator is "In", and the values array contains only "value". The requirements are ANDed.
     * MatchLabels requires the name to be set to `*`.
     */
    readonly matchLabels?: {
      readonly [k: string]: string;
    };
    /**
     * Name of the referent
     * If multiple resources are targeted `*` may be set.
     */
    readonly name: string;
    /**
     * Namespace of the referent
     */
    readonly namespace?: string;
  }[];
  /**
   * SecretRef specifies the Secret containing the token used
   * to validate the payload authenticity. The Secret must contain a 'token'
   * key. For GCR receivers, the Secret must also contain an 'email' key
   * with the IAM service account email configured on the Pub/Sub push
   * subscription, and an 'audience' key with the expected OIDC token audience.
   *
   * Required for all receiver types except 'generic-oidc', which authenticates
   * requests using the OIDC token instead and must not set this field.
   */
  readonly secretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * Suspend tells the controller to suspend subsequent
   * events handling for this receiver.
   */
  readonly suspend?: boolean;
  /**
   * Type of webhook sender, used to determine
   * the validation procedure and payload deserialization.
   */
  readonly type:
    | "generic"
    | "generic-hmac"
    | "generic-oidc"
    | "github"
    | "gitlab"
    | "bitbucket"
    | "harbor"
    | "dockerhub"
    | "quay"
    | "gcr"
    | "nexus"
    | "acr"
    | "cdevents";
}
