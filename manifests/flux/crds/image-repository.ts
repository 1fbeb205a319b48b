// Made by `npm run generate` from the CRDs of Flux v2.9.4; not edited by hand.
// ImageRepository of image.toolkit.fluxcd.io/v1

/**
 * ImageRepositorySpec defines the parameters for scanning an image
 * repository, e.g., `fluxcd/flux`.
 */
export interface ImageRepositorySpec {
  /**
   * AccessFrom defines an ACL for allowing cross-namespace references
   * to the ImageRepository object based on the caller's namespace labels.
   */
  readonly accessFrom?: {
    /**
     * NamespaceSelectors is the list of namespace selectors to which this ACL applies.
     * Items in this list are evaluated using a logical OR operation.
     *
     * Items: NamespaceSelector selects the namespaces to which this ACL applies.
     * An empty map of MatchLabels matches all namespaces in a cluster.
     */
    readonly namespaceSelectors: readonly {
      /**
       * MatchLabels is a map of {key,value} pairs. A single {key,value} in the matchLabels
       * map is equivalent to an element of matchExpressions, whose key field is "key", the
       * operator is "In", and the values array contains only "value". The requirements are ANDed.
       */
      readonly matchLabels?: {
        readonly [k: string]: string;
      };
    }[];
  };
  /**
   * CertSecretRef can be given the name of a Secret containing
   * either or both of
   *
   * - a PEM-encoded client certificate (`tls.crt`) and private
   * key (`tls.key`);
   * - a PEM-encoded CA certificate (`ca.crt`)
   *
   * and whichever are supplied, will be used for connecting to the
   * registry. The client cert and key are useful if you are
   * authenticating with a certificate; the CA cert is useful if
   * you are using a self-signed server certificate. The Secret must
   * be of type `Opaque` or `kubernetes.io/tls`.
   *
   * Note: Support for the `caFile`, `certFile` and `keyFile` keys has
   * been deprecated.
   */
  readonly certSecretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * ExclusionList is a list of regex strings used to exclude certain tags
   * from being stored in the database.
   *
   * @default ["^.*\\.sig$"]
   *
   * @maxItems 25
   */
  readonly exclusionList?: readonly string[];
  /**
   * Image is the name of the image repository
   */
  readonly image: string;
  /**
   * Insecure allows connecting to a non-TLS HTTP container registry.
   */
  readonly insecure?: boolean;
  /**
   * Interval is the length of time to wait between
   * scans of the image repository.
   */
  readonly interval: string;
  /**
   * The provider used for authentication, can be 'aws', 'azure', 'gcp' or 'generic'.
   * When not specified, defaults to 'generic'.
   *
   * @default "generic"
   */
  readonly provider?: "generic" | "aws" | "azure" | "gcp";
  /**
   * ProxySecretRef specifies the Secret containing the proxy configuration
   * to use while communicating with the container registry.
   */
  readonly proxySecretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * SecretRef can be given the name of a secret containing
   * credentials to use for the image registry. The secret should be
   * created with `kubectl create secret docker-registry`, or the
   * equivalent.
   */
  readonly secretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * ServiceAccountName is the name of the Kubernetes ServiceAccount used to authenticate
   * the image pull if the service account has attached pull secrets.
   */
  readonly serviceAccountName?: string;
  /**
   * This flag tells the controller to suspend subsequent image scans.
   * It does not apply to already started scans. Defaults to false.
   */
  readonly suspend?: boolean;
  /**
   * Timeout for image scanning.
   * Defaults to 'Interval' duration.
   */
  readonly timeout?: string;
}
