/** The program of ../commits.test.ts: the hand-offs that its configuration names. */
import * as pulumi from "@pulumi/pulumi";
import { GitCommit, type GitCommitArgs } from "../../../components/git/commit";

export type HandOff = Pick<GitCommitArgs, "url" | "files" | "edits" | "retain" | "mode"> &
  Pick<pulumi.CustomResourceOptions, "retainOnDelete">;

const config = new pulumi.Config();
const password = config.requireSecret("password");

for (const [name, args] of Object.entries(config.requireObject<Record<string, HandOff>>("handOffs"))) {
  const { retainOnDelete, ...rest } = args;
  const auth =
    args.mode === undefined ? { basic: { username: "git", password } } : { bearer: { token: password } };
  new GitCommit(
    name,
    {
      branch: "main",
      auth: pulumi.output(auth),
      message: `Hand off ${name}`,
      author: { name: "Handoff", email: "handoff@example.com" },
      ...rest,
    },
    { retainOnDelete },
  );
}
