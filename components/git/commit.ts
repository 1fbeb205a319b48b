import * as pulumi from "@pulumi/pulumi";
import type { AppliedFolders } from "../../manifests/flux/applied-as";
import { addressFault } from "../../manifests/git/address";
import { plaintextSecrets, secretMessage } from "../../manifests/git/plaintext-secrets";
import type { Beginning } from "../../manifests/git/beginning";
import type { CommitMode } from "../../manifests/git/commit-mode";
import type { GitAuth } from "../../manifests/git/auth";
import type { Edit } from "../../manifests/git/edits";
import type { FormerPlace } from "../../manifests/git/former-place";
import type { KeptFields } from "../../manifests/git/kept-fields";
import type { Protection } from "../../manifests/git/protection";
import type { CommitSigning } from "../../manifests/git/signing";

/** The cluster that a commit's files reach. */
export interface CommitTarget {
  /** Text of a kubeconfig for the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  /** @default the kubeconfig's current context */
  readonly context?: string;
  /** Kustomizations that apply the files, as `namespace/name`: what they applied is ours. */
  readonly kustomizations: readonly string[];
  /** Those of them that read this repository, the others reading another one. @default as the files themselves say */
  readonly reading?: readonly string[];
  /** Objects of others that Flux may take over, as `Kind namespace/name` or `Kind name`. @default none */
  readonly takeOver?: readonly string[];
  /** How Kustomizations apply folders of the files otherwise than they are, see `appliedFolders`. @default as they are */
  readonly applied?: readonly AppliedFolders[];
}

export interface GitCommitArgs {
  /**
   * Address of the repository: `ssh://…` or `https://…`, without a credential. Another one, as another `branch`, is a
   * new place, see `formerPlace`.
   */
  readonly url: string;
  /** Branch to commit to. Created when the repository is empty, else it must exist, unless there is `from`. */
  readonly branch: string;
  /**
   * Where the branch begins, for one that is this resource's own, such as a pull request's: its first commit makes it,
   * with all that is there but for what the program writes and what `without` names. It is removed with the resource,
   * unless others committed to it. One of that name that somebody else made is refused.
   */
  readonly from?: Beginning;
  readonly auth: pulumi.Input<GitAuth>;
  /** Files that are ours alone: path → text. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Big generated files by digest, see `storeBlob`: path → SHA-256. */
  readonly digests?: Readonly<Record<string, string>>;
  /** Files written only where there are none; from then on they are the user's. */
  readonly initialFiles?: Readonly<Record<string, string>>;
  /** Entries of ours in files of others: path → entries. */
  readonly edits?: Readonly<Record<string, readonly Edit[]>>;
  /**
   * Fields of our files whose values others set, by path of the file: the repository's value stays, and a change of
   * it is no change of ours. See `KeptField`.
   */
  readonly keep?: KeptFields;
  /** First line of the commit's message, at most 72 characters. */
  readonly message: string;
  /**
   * `changes`: from the second commit on, the subject says what changes (`Add hello`, `calcom: image v6.2.2 → v6.3.0`),
   * and the message is the first line of the body. @default "message"
   */
  readonly subject?: "message" | "changes";
  /** Last lines of the message, beside `Handoff-Stack` and `Handoff-Resource`: `{ "Reviewed-by": "…" }`. */
  readonly trailers?: Readonly<Record<string, string>>;
  readonly author: { readonly name: string; readonly email: string };
  /** Key to sign the commits by. Another key alone makes no commit. */
  readonly signing?: pulumi.Input<CommitSigning>;
  /**
   * Takes over files and entries that are there with other content. Default: false, such a file is an
   * error. Equal files are taken over in any case. Whoever had them until now leaves them in place.
   */
  readonly adopt?: boolean;
  /**
   * Paths that stay in the repository when they leave the program, or the resource is removed, as with
   * `retainOnDelete`; a final `/` stands for everything in a folder.
   */
  readonly retain?: readonly string[];
  /**
   * What becomes of our files where this resource wrote before `url` or `branch` changed; the new place is planned
   * afresh, and preview and `up` say what is left behind. `remove` takes it away in one commit once the new place has
   * its files, if the credential of now may write there too; else a warning names what stays. Whatever still reads the
   * former place, such as Flux, sees the files go. What `retain` names stays in any case. Default: `retain`.
   */
  readonly formerPlace?: FormerPlace;
  /** What no commit of this resource may take away; removing the resource may. */
  readonly protect?: Protection;
  /**
   * The cluster that the files reach. What they would change there is looked at before each commit, and told in a
   * preview: objects of others, and what the API server would refuse, end it.
   */
  readonly cluster?: CommitTarget;
  /**
   * Directly to the branch, or by a pull request to it. Default: `{ push: true }`. `{ githubApi: {} }` commits by
   * GitHub's API in place of git: signed by GitHub, with the token's identity as the author.
   */
  readonly mode?: pulumi.Input<CommitMode>;
  /**
   * Addresses of other repositories' pull requests that have to be merged first. While there are any, nothing is
   * pushed to the branch; a pull request names them.
   */
  readonly awaits?: pulumi.Input<readonly string[] | undefined>;
}

/**
 * Makes a branch of a remote repository contain a set of files, in one commit on top of the branch's head; no commit
 * when it does already. Never forces a push, prunes only what it owns, and stops with a diff when somebody else
 * changed a file of ours. Other writers to the same branch are no problem: the commit is rebuilt on their head.
 *
 * The work is done by commit-handler.ts in the provider's process.
 */
export class GitCommit extends pulumi.CustomResource {
  /** The commit that holds the files: ours, or the head that held them already. */
  declare readonly commit: pulumi.Output<string>;
  /** The commit as Flux names it: `<branch>@sha1:<commit>`. */
  declare readonly revision: pulumi.Output<string>;
  /** Paths that the last commit of ours changed. */
  declare readonly changed: pulumi.Output<string[]>;
  /** Fields that stay as others set them: `<path>: <field>`. */
  declare readonly kept: pulumi.Output<string[]>;
  /**
   * False while the pull request waits: `commit` is then its commit, and `revision` what the branch has without it; and
   * while the commit is held back for `awaits`.
   */
  declare readonly merged: pulumi.Output<boolean>;
  /** What is ours there; of the files, those that were found with the same text stay when the resource goes. */
  declare readonly owned: pulumi.Output<{ readonly found?: readonly string[] } | undefined>;
  /** Address of the pull request. */
  declare readonly pullRequest: pulumi.Output<string | undefined>;

  /** @throws RunError when the address can't be used, or a file holds a readable Secret. */
  constructor(name: string, args: GitCommitArgs, options?: pulumi.CustomResourceOptions) {
    // Before the engine shows the input, which may hold a credential.
    const fault = addressFault(args.url);
    if (fault !== undefined) throw new pulumi.RunError(`the address of ${name}: ${fault}`);
    refuseReadableSecrets(args.files);
    const inputs = {
      ...args,
      auth: pulumi.secret(args.auth),
      signing: args.signing === undefined ? undefined : pulumi.secret(args.signing),
      mode: args.mode === undefined ? undefined : pulumi.secret(args.mode),
      files: Object.fromEntries(
        Object.entries(args.files).map(([path, text]) => [
          path,
          typeof text === "string" ? text : refuseSecret(path, text),
        ]),
      ),
      digests: args.digests ?? {},
      initialFiles: args.initialFiles ?? {},
      edits: args.edits ?? {},
      adopt: args.adopt ?? false,
      ...(args.cluster !== undefined && {
        cluster: { ...args.cluster, kubeconfig: pulumi.secret(args.cluster.kubeconfig) },
      }),
      commit: undefined,
      revision: undefined,
      changed: undefined,
      kept: undefined,
      owned: undefined,
      merged: undefined,
      pullRequest: undefined,
      proposed: undefined,
      former: undefined,
      seen: undefined,
      since: undefined,
      begun: undefined,
      mark: undefined,
    };
    // What the provider keeps for itself says nothing that the files and entries don't.
    const hideDiffs = [
      ...(options?.hideDiffs ?? []),
      "owned",
      "seen",
      "since",
      "begun",
      "mark",
      "former",
      "proposed",
    ];
    super("handoff:git:GitCommit", name, inputs, { ...options, hideDiffs });
  }
}

/** @throws RunError that names the file and the keys, so that nothing is registered. */
export function refuseReadableSecrets(files: GitCommitArgs["files"]): void {
  for (const [path, text] of Object.entries(files)) {
    const found = typeof text === "string" ? plaintextSecrets(text) : [];
    if (found.length > 0) throw new pulumi.RunError(secretMessage(path, found));
  }
}

/** A text that Pulumi knows to be secret must not reach git: the engine would keep it, the repository would not. */
function refuseSecret(path: string, text: Exclude<pulumi.Input<string>, string>): pulumi.Output<string> {
  const output = pulumi.output(text);
  return pulumi.output(
    pulumi.isSecret(output).then((secret) => {
      if (!secret) return output;
      throw new pulumi.RunError(
        `${path} is made from a secret value and would be committed to git. ` +
          "Hand over a reference to it (an ExternalSecret, a SOPS-encrypted file) instead of the value.",
      );
    }),
  );
}
