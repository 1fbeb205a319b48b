import type { CommitOptions } from "./fast-import";
import { GitError } from "./failure";
import type { Git } from "./git";
import { SigningError, type Signer } from "./signing";

/** The same commit with a signature, which fast-import doesn't make. */
export async function signedCommit(
  git: Git,
  commit: string,
  { parent, merge, author, message }: CommitOptions,
  signerOf: () => Promise<Signer>,
  seconds: number,
): Promise<string> {
  try {
    const signer = await signerOf();
    const date = `${String(seconds)} +0000`;
    const env = {
      ...signer.env,
      ...{ GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email, GIT_AUTHOR_DATE: date },
      ...{ GIT_COMMITTER_NAME: author.name, GIT_COMMITTER_EMAIL: author.email, GIT_COMMITTER_DATE: date },
    };
    const parents = [parent, merge].flatMap((id) => (id === undefined ? [] : ["-p", id]));
    const args = [...signer.args, "commit-tree", "-S", ...parents, "-F", "-", `${commit}^{tree}`];
    const result = await git.run(args, { env, input: [message] });
    if (result.status !== 0) throw new SigningError((await signer.explain()) || result.stderr.trim());
    return result.stdout.toString("utf8").trim();
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    throw new GitError({
      kind: "refused",
      message: `signing the commit failed: ${error.message}\n→ Check the signing key, its passphrase, and that it has not expired.`,
    });
  }
}
