// Made by `npm run generate` from the CRDs of Flux v2.9.4; not edited by hand.
// Bucket of source.toolkit.fluxcd.io/v1

/**
 * BucketSpec specifies the required configuration to produce an Artifact for
 * an object storage bucket.
 */
export interface BucketSpec {
  /**
   * BucketName is the name of the object storage bucket.
   */
  readonly bucketName: string;
  /**
   * CertSecretRef can be given the name of a Secret containing
   * either or both of
   *
   * - a PEM-encoded client certificate (`tls.crt`) and private
   * key (`tls.key`);
   * - a PEM-encoded CA certificate (`ca.crt`)
   *
   * and whichever are supplied, will be used for connecting to the
   * bucket. The client cert and key are useful if you are
   * authenticating with a certificate; the CA cert is useful if
   * you are using a self-signed server certificate. The Secret must
   * be of type `Opaque` or `kubernetes.io/tls`.
   *
   * This field is only supported for the `generic` provider.
   */
  readonly certSecretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * Endpoint is the object storage address the BucketName is located at.
   */
  readonly endpoint: string;
  /**
   * Ignore overrides the set of excluded patterns in the .sourceignore format
   * (which is the same as .gitignore). If not provided, a default will be used,
   * consult the documentation for your version to find out what those are.
   */
  readonly ignore?: string;
  /**
   * Insecure allows connecting to a non-TLS HTTP Endpoint.
   */
  readonly insecure?: boolean;
  /**
   * Interval at which the Bucket Endpoint is checked for updates.
   * This interval is approximate and may be subject to jitter to ensure
   * efficient use of resources.
   */
  readonly interval: string;
  /**
   * Prefix to use for server-side filtering of files in the Bucket.
   */
  readonly prefix?: string;
  /**
   * Provider of the object storage bucket.
   * Defaults to 'generic', which expects an S3 (API) compatible object
   * storage.
   *
   * @default "generic"
   */
  readonly provider?: "generic" | "aws" | "gcp" | "azure";
  /**
   * ProxySecretRef specifies the Secret containing the proxy configuration
   * to use while communicating with the Bucket server.
   */
  readonly proxySecretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * Region of the Endpoint where the BucketName is located in.
   */
  readonly region?: string;
  /**
   * SecretRef specifies the Secret containing authentication credentials
   * for the Bucket.
   */
  readonly secretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * ServiceAccountName is the name of the Kubernetes ServiceAccount used to authenticate
   * the bucket. This field is only supported for the 'gcp' and 'aws' providers.
   * For more information about workload identity:
   * https://fluxcd.io/flux/components/source/buckets/#workload-identity
   */
  readonly serviceAccountName?: string;
  /**
   * STS specifies the required configuration to use a Security Token
   * Service for fetching temporary credentials to authenticate in a
   * Bucket provider.
   *
   * This field is only supported for the `aws` and `generic` providers.
   */
  readonly sts?: {
    /**
     * CertSecretRef can be given the name of a Secret containing
     * either or both of
     *
     * - a PEM-encoded client certificate (`tls.crt`) and private
     * key (`tls.key`);
     * - a PEM-encoded CA certificate (`ca.crt`)
     *
     * and whichever are supplied, will be used for connecting to the
     * STS endpoint. The client cert and key are useful if you are
     * authenticating with a certificate; the CA cert is useful if
     * you are using a self-signed server certificate. The Secret must
     * be of type `Opaque` or `kubernetes.io/tls`.
     *
     * This field is only supported for the `ldap` provider.
     */
    readonly certSecretRef?: {
      /**
       * Name of the referent.
       */
      readonly name: string;
    };
    /**
     * Endpoint is the HTTP/S endpoint of the Security Token Service from
     * where temporary credentials will be fetched.
     */
    readonly endpoint: string;
    /**
     * Provider of the Security Token Service.
     */
    readonly provider: "aws" | "ldap";
    /**
     * SecretRef specifies the Secret containing authentication credentials
     * for the STS endpoint. This Secret must contain the fields `username`
     * and `password` and is supported only for the `ldap` provider.
     */
    readonly secretRef?: {
      /**
       * Name of the referent.
       */
      readonly name: string;
    };
  };
  /**
   * Suspend tells the controller to suspend the reconciliation of this
   * Bucket.
   */
  readonly suspend?: boolean;
  /**
   * Timeout for fetch operations, defaults to 60s.
   *
   * @default "60s"
   */
  readonly timeout?: string;
}
