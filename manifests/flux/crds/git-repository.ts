// Made by `npm run generate` from the CRDs of Flux v2.9.4; not edited by hand.
// GitRepository of source.toolkit.fluxcd.io/v1

/**
 * GitRepositorySpec specifies the required configuration to produce an
 * Artifact for a Git repository.
 */
export interface GitRepositorySpec {
  /**
   * Ignore overrides the set of excluded patterns in the .sourceignore format
   * (which is the same as .gitignore). If not provided, a default will be used,
   * consult the documentation for your version to find out what those are.
   */
  readonly ignore?: string;
  /**
   * Include specifies a list of GitRepository resources which Artifacts
   * should be included in the Artifact produced for this GitRepository.
   *
   * Items: GitRepositoryInclude specifies a local reference to a GitRepository which
   * Artifact (sub-)contents must be included, and where they should be placed.
   */
  readonly include?: readonly {
    /**
     * FromPath specifies the path to copy contents from, defaults to the root
     * of the Artifact.
     */
    readonly fromPath?: string;
    /**
     * GitRepositoryRef specifies the GitRepository which Artifact contents
     * must be included.
     */
    readonly repository: {
      /**
       * Name of the referent.
       */
      readonly name: string;
    };
    /**
     * ToPath specifies the path to copy contents to, defaults to the name of
     * the GitRepositoryRef.
     */
    readonly toPath?: string;
  }[];
  /**
   * Interval at which the GitRepository URL is checked for updates.
   * This interval is approximate and may be subject to jitter to ensure
   * efficient use of resources.
   */
  readonly interval: string;
  /**
   * Provider used for authentication, can be 'aws', 'azure', 'github', 'generic'.
   * When not specified, defaults to 'generic'.
   */
  readonly provider?: "generic" | "aws" | "azure" | "github";
  /**
   * ProxySecretRef specifies the Secret containing the proxy configuration
   * to use while communicating with the Git server.
   */
  readonly proxySecretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * RecurseSubmodules enables the initialization of all submodules within
   * the GitRepository as cloned from the URL, using their default settings.
   */
  readonly recurseSubmodules?: boolean;
  /**
   * Reference specifies the Git reference to resolve and monitor for
   * changes, defaults to the 'master' branch.
   */
  readonly ref?: {
    /**
     * Branch to check out, defaults to 'master' if no other field is defined.
     */
    readonly branch?: string;
    /**
     * Commit SHA to check out, takes precedence over all reference fields.
     *
     * This can be combined with Branch to shallow clone the branch, in which
     * the commit is expected to exist.
     */
    readonly commit?: string;
    /**
     * Name of the reference to check out; takes precedence over Branch, Tag and SemVer.
     *
     * It must be a valid Git reference: https://git-scm.com/docs/git-check-ref-format#_description
     * Examples: "refs/heads/main", "refs/tags/v0.1.0", "refs/pull/420/head", "refs/merge-requests/1/head"
     */
    readonly name?: string;
    /**
     * SemVer tag expression to check out, takes precedence over Tag.
     */
    readonly semver?: string;
    /**
     * Tag to check out, takes precedence over Branch.
     */
    readonly tag?: string;
  };
  /**
   * SecretRef specifies the Secret containing authentication credentials for
   * the GitRepository.
   * For HTTPS repositories the Secret must contain 'username' and 'password'
   * fields for basic auth or 'bearerToken' field for token auth.
   * For SSH repositories the Secret must contain 'identity'
   * and 'known_hosts' fields.
   */
  readonly secretRef?: {
    /**
     * Name of the referent.
     */
    readonly name: string;
  };
  /**
   * ServiceAccountName is the name of the Kubernetes ServiceAccount used to
   * authenticate to the GitRepository. This field is only supported for 'azure' and 'aws' providers.
   */
  readonly serviceAccountName?: string;
  /**
   * SparseCheckout specifies a list of directories to checkout when cloning
   * the repository. If specified, only these directories are included in the
   * Artifact produced for this GitRepository.
   */
  readonly sparseCheckout?: readonly string[];
  /**
   * Suspend tells the controller to suspend the reconciliation of this
   * GitRepository.
   */
  readonly suspend?: boolean;
  /**
   * Timeout for Git operations like cloning, defaults to 60s.
   *
   * @default "60s"
   */
  readonly timeout?: string;
  /**
   * URL specifies the Git repository URL, it can be an HTTP/S or SSH address.
   */
  readonly url: string;
  /**
   * Verification specifies the configuration to verify the Git commit
   * signature(s).
   */
  readonly verify?: {
    /**
     * Mode specifies which Git object(s) should be verified.
     *
     * The variants "head" and "HEAD" both imply the same thing, i.e. verify
     * the commit that the HEAD of the Git repository points to. The variant
     * "head" solely exists to ensure backwards compatibility.
     *
     * @default "HEAD"
     */
    readonly mode?: "head" | "HEAD" | "Tag" | "TagAndHEAD";
    /**
     * SecretRef specifies the Secret containing the public keys of trusted Git
     * authors. PGP public keys must be stored under keys with the .asc suffix,
     * and SSH public keys must be stored under keys with the .sshpub suffix.
     */
    readonly secretRef: {
      /**
       * Name of the referent.
       */
      readonly name: string;
    };
  };
}
