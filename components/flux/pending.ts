import * as pulumi from "@pulumi/pulumi";
import type { GitCommit } from "../git/commit";

/** Pull requests that wait to be merged: name of the GitRepository that reads the repository → address. */
export type PendingRequests = pulumi.Output<Readonly<Record<string, string>>>;

/** Those of commits, in their order. A commit without one of its own is held back for another's, or done. */
export function pendingRequests(
  commits: readonly { readonly source: string; readonly commit: GitCommit }[],
): PendingRequests {
  const all = commits.map(({ source, commit: { merged, pullRequest } }) =>
    // In this order: a preview doesn't know an address that isn't there.
    merged.apply((done) =>
      done
        ? pulumi.output([])
        : pullRequest.apply((address) => (address === undefined ? [] : [[source, address] as const])),
    ),
  );
  return pulumi.all(all).apply((entries) => Object.fromEntries(entries.flat()));
}

/** Undefined when there are none, so that a hand-off without pull requests has no such input. */
export function addressesOf(pending: PendingRequests): pulumi.Output<readonly string[] | undefined> {
  return pending.apply((all) => (Object.keys(all).length === 0 ? undefined : Object.values(all)));
}
