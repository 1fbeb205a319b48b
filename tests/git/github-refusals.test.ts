import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type HostedRepository, TestHost } from "./host";
import { Hand } from "./remote";
import { FILES, handOf, hostWithCalcom } from "./github-hand";

describe("a commit by GitHub's API", function () {
  let host: TestHost;
  let repository: HostedRepository;
  let hand: Hand;
  const remote = () => repository.remote;
  const bare = (...args: string[]): string => remote().git(remote().folder, "-C", "remote.git", ...args);

  beforeEach(async () => {
    ({ host, repository } = await hostWithCalcom());
    hand = handOf(repository);
  });
  afterEach(() => {
    bare("fsck", "--strict");
    host.stop();
  });

  describe("ends at once, with the host's words and the next step,", () => {
    const refused = async (expected: RegExp): Promise<void> => {
      await assert.rejects(hand.up(FILES), expected);
      assert.equal(host.github.requests.filter((request) => request === "mutation Commit").length <= 1, true);
      assert.equal(remote().log().length, 1);
    };

    it("by a protected branch and by a rule", async () => {
      const message = "Changes must be made through a pull request.";
      for (const refusal of [
        { type: "BRANCH_PROTECTION_RULE_VIOLATION", message },
        { type: "UNPROCESSABLE", message: `Repository rule violations found\n\n${message}` },
      ]) {
        host.github.requests.length = 0;
        host.github.refusal = refusal;
        await refused(
          /^UserError: committing to http.* failed: [^]*through a pull request\.\n→ the branch doesn't take direct commits\./,
        );
      }
    });

    it("by a token that may not write", async () => {
      host.github.permissions.push = false;
      await refused(
        /Resource not accessible by personal access token\n→ the token may not\. Give it the permission Contents: read and write/,
      );
    });

    it("by a wrong token", async () => {
      host.github.token = "another";
      await refused(
        /^UserError: reading from .* failed: HTTP 401, Bad credentials\n→ GitHub doesn't accept the token/,
      );
    });

    it("by a repository that isn't there", async () => {
      hand = handOf({ ...repository, url: repository.url.replace("calcom", "absent") });
      await refused(/Could not resolve to a Repository .*\n→ there is no such repository/);
    });

    it("by a branch that isn't there", async () => {
      hand = handOf(repository, "test", { branch: "prod" });
      await refused(/has no branch 'prod'; it has main\.\n→ Name one of these/);
    });

    it("by an empty repository", async () => {
      hand = handOf(host.add("empty", {}));
      await refused(
        / is empty: GitHub's API commits only on top of another commit\n→ Push a first commit, such as a README/,
      );
    });

    it("by a rate limit, which says when to come back", async () => {
      const limit =
        (headers: Record<string, string>, status: number) =>
        (_: unknown, response: import("node:http").ServerResponse) => {
          response
            .writeHead(status, headers)
            .end(JSON.stringify({ message: "You have exceeded a secondary rate limit" }));
        };
      for (const status of [403, 429]) {
        host.github.faults = [limit({ "retry-after": "60" }, status)];
        await refused(
          /secondary rate limit\n→ the host takes no more requests for now\. Run the same command again in 60 seconds\./,
        );
      }
      host.github.faults = [limit({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000000" }, 403)];
      await refused(/→ the host takes no more .* after 2027-01-15T08:00:00\.000Z\./);
    });

    it("by a file that is executable there", async () => {
      await hand.up({ files: { "run.sh": "true\n" } });
      const clone = remote().clone;
      remote().commit({ "other.yaml": "o: 1\n" });
      execFileSync("git", ["update-index", "--chmod=+x", "run.sh"], { cwd: clone });
      remote().git(clone, "commit", "--quiet", "--message", "Executable");
      remote().git(clone, "push", "--quiet", "origin", "HEAD:main");
      await assert.rejects(
        hand.up({ files: { "run.sh": "false\n" } }),
        /run\.sh in .* is executable, and GitHub's API writes plain files only\n→ Take the bit away/,
      );
      assert.match(bare("ls-tree", "main", "run.sh"), /^100755/);
    });
  });
});
