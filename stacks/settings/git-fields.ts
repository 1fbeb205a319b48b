import { z } from "zod";
import { ADDRESSES, addressFault, holdsCredential } from "../../manifests/git/address";
import { branchFault } from "../../manifests/git/branch-name";
import { show } from "./faults";
import type { UnresolvedParams } from "./references";

/** Address of a git repository. */
export const gitAddress = () => checked(ADDRESSES, repositoryFault);

/** What is wrong with the address of a repository that Flux is to read; undefined when nothing is. */
export function repositoryFault(url: string): string | undefined {
  // Tests have repositories on disk, Flux never.
  if (url.startsWith("file:")) return "file:// isn't taken";
  return addressFault(url)?.replace(`; allowed: ${ADDRESSES}`, "");
}

/** Address of a git repository by SSH. */
export const sshAddress = () =>
  checked("ssh://git@host/org/repository.git", (url) =>
    /^https?:/.test(url) ? "a deploy key is for SSH" : repositoryFault(url),
  );

/** Address of a git repository that anyone may read: Flux has no credential for it. */
export const publicAddress = (example: string) =>
  checked(`an address such as ${example}`, (url) =>
    /^(ssh:|[^/:]+@)/.test(url) ? "SSH takes a key, and there is none for it" : repositoryFault(url),
  );

/** A branch, or a tag: git has the same rules for both. */
export const gitRef = () => checked("a name that git takes, such as main", branchFault);

/** A text with the fault that the hand-off would refuse it for. */
function checked(allowed: string, faultOf: (text: string) => string | undefined) {
  return z.string({ error: allowed }).check(({ value, issues }) => {
    const fault = faultOf(value);
    if (fault === undefined) return;
    const found = holdsCredential(value) ? "an address with credentials in it" : show(value);
    const hint = fault.replace(/^[a-z]+(?= )/, (word) => word.charAt(0).toUpperCase() + word.slice(1));
    const params: UnresolvedParams = { found, hint };
    issues.push({ code: "custom", input: value, message: allowed, params: { ...params } });
  });
}
