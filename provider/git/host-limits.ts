import { ConflictError, type Plan } from "./ownership";

const MEGABYTE = 1024 * 1024;

/**
 * The largest file that a host takes by a push, in MiB; of others it is a matter of plan or administrator. Source:
 * https://docs.github.com/repositories/working-with-files/managing-large-files/about-large-files-on-github
 */
const LARGEST: Readonly<Record<string, number>> = { "github.com": 100 };

/** The longest title of a pull request that GitHub, GitLab and Gitea take. */
export const LONGEST_TITLE = 255;

/** GitHub takes 65,536 characters as the body of a pull request; what is around the list has room. */
const LONGEST_LIST = 60_000;

/** @throws ConflictError that names the files that the host wouldn't take, before they are pushed */
export function checkSizes(url: string, { writes }: Pick<Plan, "writes">): void {
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/^(ssh|altssh)\./, "") : "";
  const largest = LARGEST[host];
  if (largest === undefined) return;
  const faults = [...writes].flatMap(([path, { content }]) =>
    content.length <= largest * MEGABYTE
      ? []
      : [
          `${path} has ${(content.length / MEGABYTE).toFixed(1)} MiB, and ${host} takes no file of more than ${String(largest)} MiB`,
        ],
  );
  if (faults.length === 0) return;
  throw new ConflictError(
    faults,
    "Nothing was changed in the repository. Hand it off in parts, or have Flux read it from a bucket or an OCI artifact.",
  );
}

/** The lines that fit into a pull request's body, the first ones. */
export function fitting(lines: readonly string[]): string[] {
  let left = LONGEST_LIST;
  return lines.filter((line) => (left -= line.length + 1) >= 0);
}
