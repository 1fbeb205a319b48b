import assert from "node:assert/strict";
import { join } from "node:path";
import { blobId } from "../../provider/git/branch";
import { answer, type Fault, type HostedRepository, TestHost } from "./host";
import { Hand, testContext } from "./remote";
import { FILES, handOf, hostWithCalcom, THEIRS } from "./github-hand";
import { slow } from "../slow";

const ENTRY = { edits: { "kustomization.yaml": [{ list: ["resources"], entry: "./ours" }] } };

/** The requests for a head's files and their contents. */
const READ = ["GET git/trees?recursive=1", "query Contents"];

/** Serves the request, and closes the connection in place of the answer. */
const lostAnswer: Fault = (request, response, serve) => {
  response.end = () => response.destroy();
  serve();
};

describe("commits by GitHub's API", function () {
  let host: TestHost;
  let repository: HostedRepository;
  let hand: Hand;
  const remote = () => repository.remote;
  const bare = (...args: string[]): string => remote().git(remote().folder, "-C", "remote.git", ...args);

  /** The requests of an operation. */
  const requestsOf = async (work: Promise<unknown>): Promise<string[]> => {
    host.github.requests.length = 0;
    await work;
    assert.deepEqual(repository.requests, [], "git asked for nothing");
    return [...host.github.requests];
  };

  beforeEach(async () => {
    ({ host, repository } = await hostWithCalcom());
    hand = handOf(repository);
  });
  afterEach(() => {
    bare("fsck", "--strict");
    host.stop();
  });

  it("commits beside others' files, in few requests", async () => {
    const requests = await requestsOf(
      hand.up({ ...FILES, ...ENTRY, trailers: { "Change-Ticket": "OPS-1" } }),
    );
    // The second reads what the lists around the changes lead to.
    assert.deepEqual(requests, ["query Locate", ...READ, "query Contents", "mutation Commit"]);
    assert.deepEqual(remote().files(), ["README.md", "apps/a.yaml", "apps/b.yaml", "kustomization.yaml"]);
    assert.equal(remote().read("kustomization.yaml"), "# theirs\nresources:\n- ./theirs\n- ./ours\n");
    assert.equal(
      bare("log", "-1", "--format=%an|%cn|%B", "main")
        .replace(/^Handoff-State: .*\n/m, "")
        .trim(),
      "handoff[bot]|GitHub|Hand off\n\nA apps/a.yaml\nA apps/b.yaml\nM kustomization.yaml\n\n" +
        "Change-Ticket: OPS-1\nHandoff-Stack: handoff/test\nHandoff-Resource: test",
    );
    const outputs = await hand.up({ ...FILES, ...ENTRY });
    assert.equal(outputs.commit, bare("rev-parse", "main").trim());
  });

  it("commits nothing when it is there already, with a lost state too", async () => {
    await hand.up({ ...FILES, ...ENTRY });
    // One look tells whether others did anything.
    assert.deepEqual(await requestsOf(hand.up({ ...FILES, ...ENTRY })), ["query Locate"]);
    const other = handOf(repository);
    const requests = await requestsOf(other.up({ ...FILES, ...ENTRY }));
    assert.deepEqual(requests, ["query Locate", ...READ, "query Log", ...READ]);
    assert.equal(remote().log().length, 2);
    // What was ours is known by the commit of ours.
    await other.destroy();
    assert.deepEqual(remote().files(), Object.keys(THEIRS));
    assert.equal(remote().read("kustomization.yaml"), THEIRS["kustomization.yaml"]);
  });

  it("needs no git binary", async () => {
    const path = process.env.PATH;
    process.env.PATH = join(host.folder, "nothing");
    try {
      await hand.up({ ...FILES, ...ENTRY });
      await hand.refresh();
      await hand.destroy();
    } finally {
      process.env.PATH = path;
    }
    assert.deepEqual(remote().log(), ["Remove what handoff/test handed off", "Hand off", "Start"]);
  });

  it("changes, deletes and shows drift", async () => {
    await hand.up({ ...FILES, ...ENTRY });
    const unmoved = await requestsOf(hand.refresh());
    assert.deepEqual(unmoved, ["query Locate"]);
    await hand.up({ files: { "apps/a.yaml": "a: 2\n" } });
    assert.equal(
      bare("show", "--format=", "--name-status", "main").trim(),
      "M\tapps/a.yaml\nD\tapps/b.yaml\nM\tkustomization.yaml",
    );
    remote().commit({ "third.yaml": "t: 1\n" });
    const deletion = await requestsOf(hand.up({ files: { "apps/c.yaml": "c: 1\n" } }));
    // With the kustomizations of others, which may name what goes.
    assert.deepEqual(deletion, ["query Locate", READ[0], "query Log", "query Contents", "mutation Commit"]);
    await hand.up({ files: { "apps/a.yaml": "a: 2\n" } });
    remote().commit({ "apps/a.yaml": "a: by hand\n", "other.yaml": "o: 1\n" });
    assert.deepEqual(await requestsOf(hand.refresh()), ["query Locate", ...READ]);
    assert.deepEqual(hand.state?.inputs.files, { "apps/a.yaml": "a: by hand\n" });
    await hand.up({ files: { "apps/a.yaml": "a: 3\n" } });
    assert.equal(remote().read("apps/a.yaml"), "a: 3\n");
    assert.equal(remote().read("other.yaml"), "o: 1\n");
  });

  it("keeps what others set, and stops with the difference where they changed ours", async () => {
    const text = "kind: Deployment\nspec:\n  replicas: 1\n";
    const keep = { "apps/a.yaml": [{ path: ["spec", "replicas"] }] };
    await hand.up({ files: { "apps/a.yaml": text }, keep });
    remote().commit({ "apps/a.yaml": text.replace("1", "3") });
    await hand.up({ files: { "apps/a.yaml": `${text}  paused: true\n` }, keep });
    assert.equal(remote().read("apps/a.yaml"), `${text.replace("1", "3")}  paused: true\n`);
    remote().commit({ "apps/a.yaml": "kind: Job\n" });
    await assert.rejects(hand.up({ files: { "apps/a.yaml": text }, keep }), (error: Error) => {
      assert.match(error.message, /apps\/a\.yaml/);
      assert.match(error.message, /^\s*[-+] ?kind: Job$/m);
      return true;
    });
    assert.equal(remote().read("apps/a.yaml"), "kind: Job\n");
  });

  it("builds on a commit that somebody made between the reading and ours", async () => {
    let others = 2;
    host.github.beforeCommit = () => {
      if (others-- > 0) remote().commit({ [`theirs-${others}.yaml`]: "t: 1\n" });
    };
    await hand.up({ ...FILES, ...ENTRY });
    assert.deepEqual(remote().log(), ["Hand off", "By hand", "By hand", "Start"]);
    assert.ok(hand.ctx.messages.some((text) => /building on its new head \(attempt 3\)/.test(text)));
  });

  it("lands beside a writer that pushes by git to the same branch, each with its own paths", async () => {
    const entry = (name: string) => ({
      files: { [`${name}.yaml`]: `${name}: 1\n` },
      edits: { "kustomization.yaml": [{ list: ["resources"], entry: `./${name}` }] },
    });
    const names = ["api-1", "git-1", "api-2", "git-2"];
    await Promise.all(
      names.map((name) => {
        const byGit = { url: remote().url };
        return (
          name.startsWith("git") ? new Hand(byGit.url, testContext(name)) : handOf(repository, name)
        ).up(entry(name));
      }),
    );
    assert.equal(remote().log().length, 5);
    assert.equal(
      bare("log", "--format=%P", "main")
        .split("\n")
        .filter((line) => line.includes(" ")).length,
      0,
    );
    for (const name of names) {
      const [commit = ""] = remote()
        .log("%H %(trailers:key=Handoff-Stack,valueonly,separator=%x2C)")
        .filter((line) => line.endsWith(` handoff/${name}`))
        .map((line) => line.split(" ")[0] ?? "");
      assert.equal(
        bare("show", "--format=", "--numstat", commit).trim(),
        `1\t0\t${name}.yaml\n1\t0\tkustomization.yaml`.split("\n").sort().join("\n"),
      );
    }
  });

  it("takes a path over from a hand-off by git, and the former owner leaves it", async () => {
    const former = new Hand(remote().url, testContext("former"));
    await former.up(FILES);
    await hand.up(FILES);
    assert.match(bare("log", "-1", "--format=%B", "main"), /^Handoff-Adopted: apps\/a\.yaml$/m);
    assert.equal(bare("show", "--format=", "--name-only", "main"), "");
    await former.destroy();
    assert.deepEqual(remote().files().slice(1, 3), Object.keys(FILES.files));
    // And the other way round: the API's history tells it.
    await new Hand(remote().url, testContext("third")).up(FILES);
    host.github.page = 1;
    await hand.up({ files: {} });
    assert.deepEqual(remote().files().slice(1, 3), Object.keys(FILES.files));
    assert.ok(hand.ctx.messages.some((text) => /stays, since it was taken over/.test(text)));
  });

  it("finds what a merge brought after the commit that it is looked from", async () => {
    await hand.up(FILES);
    // Another hand-off takes over on a branch of somebody's, which began before and is merged later.
    const clone = remote().clone;
    const git = (...args: string[]) => remote().git(clone, ...args);
    git("checkout", "--quiet", "-b", "side");
    const message =
      "Take over\n\nHandoff-Adopted: apps/a.yaml\nHandoff-Stack: handoff/else\nHandoff-Resource: test";
    // Old enough to come last in the log.
    process.env.GIT_COMMITTER_DATE = "2020-01-01T00:00:00Z";
    git("commit", "--quiet", "--allow-empty", "--message", message);
    delete process.env.GIT_COMMITTER_DATE;
    git("checkout", "--quiet", "main");
    git("pull", "--quiet", "--rebase", "origin", "main");
    git("merge", "--quiet", "--no-ff", "--no-edit", "side");
    git("push", "--quiet", "origin", "main");
    host.github.page = 1;
    await hand.up({ files: {} });
    assert.deepEqual(remote().files(), ["README.md", "apps/a.yaml", "kustomization.yaml"]);
  });

  slow("reads a tree that is too large for one answer folder by folder", async () => {
    remote().commit({ "deep/er/x.yaml": "x: 1\n", "deep/y.yaml": "y: 1\n" });
    await hand.up({ files: { "deep/er/a.yaml": "a: 1\n" } });
    host.github.listed = 2;
    const requests = await requestsOf(hand.up({ files: { "deep/er/a.yaml": "a: 2\n" } }));
    assert.ok(requests.filter((request) => request.startsWith("GET git/trees")).length > 3);
    assert.equal(remote().read("deep/er/a.yaml"), "a: 2\n");
    await hand.destroy();
    assert.deepEqual(remote().files(), [
      ...Object.keys(THEIRS).slice(0, 1),
      "deep/er/x.yaml",
      "deep/y.yaml",
      "kustomization.yaml",
    ]);
  });

  it("reads long and other texts whole", async () => {
    const long = `${`# ${"x".repeat(97)}\n`.repeat(7_000)}resources:\n- ./entry\n`;
    remote().commit({ "kustomization.yaml": long });
    await hand.up(ENTRY);
    assert.equal(blobId(remote().read("kustomization.yaml")), blobId(`${long}- ./ours\n`));
    assert.ok(host.github.requests.includes("GET git/blobs"));
  });

  it("owns what landed when the answer was lost", async () => {
    host.github.faults = [undefined, undefined, undefined, lostAnswer];
    await hand.up({ ...FILES, ...ENTRY });
    assert.deepEqual(remote().log(), ["Hand off", "Start"]);
    await hand.destroy();
    assert.deepEqual(remote().files(), Object.keys(THEIRS));
    assert.equal(remote().read("kustomization.yaml"), THEIRS["kustomization.yaml"]);
  });

  slow("waits a host out that fails for a moment", async () => {
    host.github.faults = [answer(502), undefined, answer(503)];
    await hand.up(FILES);
    assert.deepEqual(remote().log(), ["Hand off", "Start"]);
  });

  it("takes no SSH key, no signing key, and not nothing", async () => {
    const signing = { ssh: { privateKey: "key" } };
    await assert.rejects(
      hand.up({ ...FILES, signing }),
      /^Error: signing: .* signed by GitHub\n→ Leave `signing` out/,
    );
    for (const auth of [{ ssh: { agent: true, knownHosts: "" } }, {}]) {
      await assert.rejects(
        hand.up({ ...FILES, auth }),
        /^Error: auth: GitHub's API takes a token\n→ Give `basic`/,
      );
    }
    assert.deepEqual(host.github.requests, []);
    await hand.up({ ...FILES, auth: { basic: { username: "git", password: "t0ken" } } });
    assert.equal(remote().log().length, 2);
  });

  it("makes no commit when only the way changes", async () => {
    await hand.up(FILES);
    const byGit = { auth: { basic: { username: "git", password: "correct horse" } }, mode: { push: true } };
    await hand.up({ ...FILES, ...byGit });
    assert.equal(remote().log().length, 2);
  });
});
