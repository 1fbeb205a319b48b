import { strict as assert } from "node:assert";
import { optionsOf } from "../../tools/import/options";

describe("the options of npm run import", () => {
  it("may stand before the repository or behind it", () => {
    const args = ["--system", "prod", "--offline", "--stack=x"];
    const wanted = { place: "./repo", args, look: false, branch: "main", cluster: "a" };
    for (const at of [0, 2, 3, 5, 6, 7])
      assert.deepEqual(
        optionsOf(
          [...[...args.slice(0, 3), "--branch", "main", "--cluster=a", ...args.slice(3)]].toSpliced(
            at,
            0,
            "./repo",
          ),
        ),
        wanted,
        String(at),
      );
    assert.deepEqual(optionsOf(["--look", "./repo"]), {
      ...{ place: "./repo", args: [], look: true, branch: undefined, cluster: undefined },
    });
  });

  it("name one repository, and nothing that --look wouldn't do", () => {
    assert.throws(() => optionsOf(["--look"]), /^UserError: say which repository: a folder or an address\n→/);
    assert.throws(() => optionsOf(["--system", "./repo"]), /say which repository/);
    assert.throws(() => optionsOf(["a", "--look", "--offline"]), /--look takes --cluster and --branch alone/);
    assert.throws(() => optionsOf(["a", "--branch"]), /--branch needs a value/);
    assert.deepEqual(optionsOf(["a", "b"]).args, ["b"], "which the questions' options refuse");
  });
});
