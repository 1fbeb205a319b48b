import { type HostedRepository, TestHost } from "./host";
import { Hand, testContext } from "./remote";

export const THEIRS = { "README.md": "# Repo\n", "kustomization.yaml": "# theirs\nresources:\n- ./theirs\n" };
export const FILES = { files: { "apps/a.yaml": "a: 1\n", "apps/b.yaml": "b: 1\n" } };
const BEARER = { bearer: { token: "t0ken" } };

/** A host with a repository of somebody's, as each test of commits by GitHub's API begins with. */
export async function hostWithCalcom(): Promise<{ host: TestHost; repository: HostedRepository }> {
  const host = await TestHost.start();
  return { host, repository: host.add("calcom", THEIRS) };
}

export const handOf = ({ url }: { readonly url: string }, name = "test", extra: object = {}): Hand =>
  new Hand(url, testContext(name), { auth: BEARER, mode: { githubApi: {} }, ...extra });
