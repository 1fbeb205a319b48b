import { strict as assert } from "node:assert";
import { readCommits } from "../../tools/dashboard/commits";
import { TestRemote } from "../git/remote";

const signal = new AbortController().signal;

describe("the dashboard's commits", () => {
  let remote: TestRemote;
  beforeEach(() => {
    remote = new TestRemote();
  });
  afterEach(() => {
    remote.dispose();
  });

  it("are the newest ones, each with what it changes, and whose it is", async () => {
    remote.commit(
      { "a.yaml": "1\n", "b.yaml": "1\n" },
      "Add hello\n\nHandoff-Stack: handoff/prod\nHandoff-Resource: flux",
    );
    remote.commit({ "a.yaml": "2\n", "b.yaml": null, "c d.yaml": "1\n" });
    const [found] = await readCommits([{ url: remote.url, branch: "main", auth: {} }], signal);
    assert.ok(found !== undefined && found.fault === undefined);
    assert.deepEqual(
      found.commits.map(({ commit: _, ...rest }) => rest),
      [
        {
          ...{ subject: "By hand", author: "Somebody", stacks: [] },
          files: [
            { path: "a.yaml", change: "changed" },
            { path: "b.yaml", change: "removed" },
            { path: "c d.yaml", change: "added" },
          ],
        },
        {
          ...{ subject: "Add hello", author: "Somebody", stacks: ["handoff/prod"] },
          files: [
            { path: "a.yaml", change: "added" },
            { path: "b.yaml", change: "added" },
          ],
        },
        { subject: "Start", author: "Somebody", stacks: [], files: [{ path: "README.md", change: "added" }] },
      ],
    );
    assert.deepEqual(
      found.commits.map(({ commit }) => commit),
      remote.log("%H"),
    );
  });

  it("are five at most", async () => {
    for (let index = 0; index < 7; index++) remote.commit({ "a.yaml": `${index}\n` }, `Change ${index}`);
    const [found] = await readCommits([{ url: remote.url, branch: "main", auth: {} }], signal);
    assert.deepEqual(
      found?.commits.map(({ subject }) => subject),
      ["Change 6", "Change 5", "Change 4", "Change 3", "Change 2"],
    );
  });

  it("of a repository that can't be read are why, and the others' are there", async () => {
    const empty = new TestRemote({});
    const found = await readCommits(
      [
        { url: "file:///nowhere.git", branch: "main", auth: {} },
        { url: remote.url, branch: "main", auth: {} },
        { url: empty.url, branch: "main", auth: {} },
      ],
      signal,
    );
    empty.dispose();
    assert.match(found[0]?.fault ?? "", /nowhere\.git/);
    assert.deepEqual(
      found.map(({ commits }) => commits.length),
      [0, 1, 0],
    );
  });
});
