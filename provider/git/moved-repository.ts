import type { GitAuth } from "../../manifests/git/auth";
import { GitError } from "./failure";
import { hostFetch } from "./host-api";
import { sameOriginTarget, SERVICE } from "./redirects";

/**
 * Where a repository has moved to at its host. Git itself would follow with the credential to any host.
 * @throws GitError when that is another origin, or the address doesn't lead on
 */
export async function movedRepository(
  url: string,
  service: "git-upload-pack" | "git-receive-pack",
  auth: GitAuth,
  authorization: string | undefined,
): Promise<string> {
  const send = await hostFetch(auth);
  const asked = `${url.replace(/\/+$/, "")}/info/refs?service=${service}`;
  const headers = { "user-agent": "git/2", ...(authorization !== undefined && { authorization }) };
  const response = await send(asked, { redirect: "manual", headers });
  await response.body?.cancel();
  const target = sameOriginTarget(asked, response.headers.get("location"), "`url`");
  const moved = target.replace(/\?.*$/, "").replace(SERVICE, "");
  if (moved === url || !SERVICE.test(target)) {
    throw new GitError({
      kind: "refused",
      message: `${url} sends on to ${moved}, which is no repository\n→ Check the address; it is that of the repository, not of a page about it.`,
    });
  }
  return moved;
}
