import { strict as assert } from "node:assert";
import { gitCommitHandler } from "../../provider/git/commit-handler";
import { checkSizes, fitting, LONGEST_TITLE } from "../../provider/git/host-limits";
import { testContext } from "./remote";

const MEGABYTE = 1024 * 1024;

describe("limits of hosts", () => {
  const writes = new Map(
    (
      [
        ["a.yaml", 100 * MEGABYTE + 1],
        ["b.yaml", 100 * MEGABYTE],
        ["c.yaml", 250 * MEGABYTE],
      ] as const
    ).map(([path, size]) => [path, { mode: "100644", content: Buffer.alloc(size) }]),
  );

  it("of a file's size are told before the push, of all files at once", () => {
    for (const url of ["https://github.com/org/a.git", "ssh://git@ssh.github.com:443/org/a"])
      assert.throws(() => {
        checkSizes(url, { writes });
      }, /^ConflictError: a\.yaml has 100\.0 MiB, and github\.com takes no file of more than 100 MiB\nc\.yaml has 250\.0 MiB.*\n→ Nothing was changed/);
  });

  it("of a file's size are those of the host itself", () => {
    for (const url of ["https://git.example.com/org/a.git", "https://notgithub.com/a/b", "file:///a"])
      checkSizes(url, { writes });
    checkSizes("https://github.com/a/b", { writes: new Map([...writes].slice(1, 2)) });
  });

  it("of a pull request's title are a fault of the input, and its list of paths is cut", async () => {
    const faultsOf = async (title: string): Promise<string[]> => {
      const mode = { pullRequest: { branch: "handoff", host: "gitea", title } };
      const news = { url: "https://git.example.com/a/b", branch: "main", auth: {}, message: "m", mode };
      const { failures = [] } = (await gitCommitHandler.check?.(testContext(), news, undefined)) ?? {};
      return failures.map(({ property }) => property).filter((property) => property.includes("title"));
    };
    assert.deepEqual(await faultsOf("ü".repeat(LONGEST_TITLE)), []);
    assert.deepEqual(await faultsOf("ü".repeat(LONGEST_TITLE + 1)), ["mode.pullRequest.title"]);
    const lines = Array.from({ length: 100 }, (_, index) => `${String(index)} ${"x".repeat(900)}`);
    const body = fitting(lines);
    assert.ok(body.join("\n").length < 65_536 && body.length > 60);
    assert.deepEqual(body, lines.slice(0, body.length));
    assert.deepEqual(fitting(["a", "b"]), ["a", "b"]);
  });
});
