// Made by `npm run generate` from the CRDs of Flux v2.9.4; not edited by hand.
// ImageUpdateAutomation of image.toolkit.fluxcd.io/v1

/**
 * ImageUpdateAutomationSpec defines the desired state of ImageUpdateAutomation
 */
export interface ImageUpdateAutomationSpec {
  /**
   * GitSpec contains all the git-specific definitions. This is
   * technically optional, but in practice mandatory until there are
   * other kinds of source allowed.
   */
  readonly git?: {
    /**
     * Checkout gives the parameters for cloning the git repository,
     * ready to make changes. If not present, the `spec.ref` field from the
     * referenced `GitRepository` or its default will be used.
     */
    readonly checkout?: {
      /**
       * Reference gives a branch, tag or commit to clone from the Git
       * repository.
       */
      readonly ref: {
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
    };
    /**
     * Commit specifies how to commit to the git repository.
     */
    readonly commit: {
      /**
       * Author gives the email and optionally the name to use as the
       * author of commits.
       */
      readonly author: {
        /**
         * Email gives the email to provide when making a commit.
         */
        readonly email: string;
        /**
         * Name gives the name to provide when making a commit.
         */
        readonly name?: string;
      };
      /**
       * MessageTemplate provides a template for the commit message,
       * into which will be interpolated the details of the change made.
       * Note: The `Updated` template field has been removed. Use `Changed` instead.
       */
      readonly messageTemplate?: string;
      /**
       * MessageTemplateValues provides additional values to be available to the
       * templating rendering.
       */
      readonly messageTemplateValues?: {
        readonly [k: string]: string;
      };
      /**
       * SigningKey provides the option to sign commits with an OpenPGP or
       * SSH signing key, referenced from a Secret. See SigningKey.
       */
      readonly signingKey?: {
        /**
         * SecretRef references a Secret containing the signing key. For type
         * 'gpg', the Secret must contain a 'git.asc' (ASCII-armored OpenPGP
         * keypair) and may contain a 'passphrase'. For type 'ssh', the Secret
         * must contain an 'identity' (an SSH private key in any format
         * golang.org/x/crypto/ssh.ParsePrivateKey accepts; typically the
         * OpenSSH format produced by 'ssh-keygen') and may contain a 'password'
         * (the key's passphrase). The SSH conventions match the GitRepository
         * SSH transport-auth Secret format, allowing a single Secret to serve
         * both transport and signing when the ImageUpdateAutomation lives in
         * the same namespace as the GitRepository.
         *
         * The Secret itself must live in the same namespace as the
         * ImageUpdateAutomation.
         *
         * Supported SSH key algorithms: ed25519, ecdsa-sha2-nistp256/384/521,
         * and rsa (>= 2048-bit).
         */
        readonly secretRef: {
          /**
           * Name of the referent.
           */
          readonly name: string;
        };
        /**
         * Type selects the signing-key format expected in the referenced
         * Secret. When empty, the controller defaults to 'gpg'.
         */
        readonly type?: "gpg" | "ssh";
      };
    };
    /**
     * Push specifies how and where to push commits made by the
     * automation. If missing, commits are pushed (back) to
     * `.spec.checkout.branch` or its default.
     */
    readonly push?: {
      /**
       * Branch specifies that commits should be pushed to the branch
       * named. The branch is created using `.spec.checkout.branch` as the
       * starting point, if it doesn't already exist.
       */
      readonly branch?: string;
      /**
       * Options specifies the push options that are sent to the Git
       * server when performing a push operation. For details, see:
       * https://git-scm.com/docs/git-push#Documentation/git-push.txt---push-optionltoptiongt
       */
      readonly options?: {
        readonly [k: string]: string;
      };
      /**
       * Refspec specifies the Git Refspec to use for a push operation.
       * If both Branch and Refspec are provided, then the commit is pushed
       * to the branch and also using the specified refspec.
       * Deletion refspecs and refspecs prefixed with '+' are not supported.
       * For more details about Git Refspecs, see:
       * https://git-scm.com/book/en/v2/Git-Internals-The-Refspec
       */
      readonly refspec?: string;
    };
  };
  /**
   * Interval gives an lower bound for how often the automation
   * run should be attempted.
   */
  readonly interval: string;
  /**
   * PolicySelector allows to filter applied policies based on labels.
   * By default includes all policies in namespace.
   */
  readonly policySelector?: {
    /**
     * matchExpressions is a list of label selector requirements. The requirements are ANDed.
     *
     * Items: A label selector requirement is a selector that contains values, a key, and an operator that
     * relates the key and values.
     */
    readonly matchExpressions?: readonly {
      /**
       * key is the label key that the selector applies to.
       */
      readonly key: string;
      /**
       * operator represents a key's relationship to a set of values.
       * Valid operators are In, NotIn, Exists and DoesNotExist.
       */
      readonly operator: string;
      /**
       * values is an array of string values. If the operator is In or NotIn,
       * the values array must be non-empty. If the operator is Exists or DoesNotExist,
       * the values array must be empty. This array is replaced during a strategic
       * merge patch.
       */
      readonly values?: readonly string[];
    }[];
    /**
     * matchLabels is a map of {key,value} pairs. A single {key,value} in the matchLabels
     * map is equivalent to an element of matchExpressions, whose key field is "key", the
     * operator is "In", and the values array contains only "value". The requirements are ANDed.
     */
    readonly matchLabels?: {
      readonly [k: string]: string;
    };
  };
  /**
   * SourceRef refers to the resource giving access details
   * to a git repository.
   */
  readonly sourceRef: {
    /**
     * API version of the referent.
     */
    readonly apiVersion?: string;
    /**
     * Kind of the referent.
     *
     * @default "GitRepository"
     */
    readonly kind?: "GitRepository";
    /**
     * Name of the referent.
     */
    readonly name: string;
    /**
     * Namespace of the referent, defaults to the namespace of the Kubernetes resource object that contains the reference.
     */
    readonly namespace?: string;
  };
  /**
   * Suspend tells the controller to not run this automation, until
   * it is unset (or set to false). Defaults to false.
   */
  readonly suspend?: boolean;
  /**
   * Update gives the specification for how to update the files in
   * the repository. This can be left empty, to use the default
   * value.
   *
   * @default {"strategy":"Setters"}
   */
  readonly update?: {
    /**
     * Path to the directory containing the manifests to be updated.
     * Defaults to 'None', which translates to the root path
     * of the GitRepositoryRef.
     */
    readonly path?: string;
    /**
     * Strategy names the strategy to be used.
     *
     * @default "Setters"
     */
    readonly strategy?: "Setters";
  };
}
