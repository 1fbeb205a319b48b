import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { type HostedRepository, SIGN_IN, TestHost } from "./host";
import { Hand, testContext, TestRemote } from "./remote";
import { slow } from "../slow";

const IDENTITY = "Somebody <somebody@example.com>";

describe("large and odd repositories", function () {
  let host: TestHost;
  before(async () => {
    host = await TestHost.start();
  });
  after(() => {
    host.stop();
  });

  const handTo = ({ url }: HostedRepository): Hand => new Hand(url, testContext(), { auth: SIGN_IN });

  /** Hands off beside `commits` commits; the bytes that travelled don't grow with them. */
  async function longHistory(name: string, commits: number): Promise<void> {
    const repository = host.add(name, { "README.md": "# Repo\n" });
    await fastImport(repository.remote, emptyCommits(commits));
    const started = Date.now();
    await handTo(repository).up({ files: { "a.yaml": "a: 1\n" } });
    const ms = Date.now() - started;
    console.log(`      ${commits} commits: ${repository.sent} bytes received, ${ms} ms`);
    assert.ok(repository.sent < 5_000, `${repository.sent} bytes received`);
    assert.ok(repository.requests.length <= 6);
    const count = repository.remote.git(
      repository.remote.folder,
      "-C",
      "remote.git",
      "rev-list",
      "--count",
      "main",
    );
    assert.equal(Number(count), commits + 2);
    assert.deepEqual(repository.remote.files(), ["README.md", "a.yaml"]);
  }

  it("takes no history: 2,000 commits", async () => {
    await longHistory("short", 2_000);
  });
  slow("takes no history: 300,000 commits (slow)", async () => {
    await longHistory("long", 300_000);
  });

  /** Hands off beside `count` files of others, which all keep mode and object id. */
  async function manyFiles(name: string, count: number): Promise<void> {
    const repository = host.add(name, { "kustomization.yaml": "resources:\n- ./apps # theirs\n" });
    await fastImport(repository.remote, files(count));
    const before = tree(repository.remote);
    const started = Date.now();
    const hand = handTo(repository);
    await hand.up({
      files: { "a.yaml": "a: 1\n" },
      edits: { "kustomization.yaml": [{ list: ["resources"], entry: "./ours" }] },
    });
    console.log(`      ${count} files: ${repository.sent} bytes received, ${Date.now() - started} ms`);
    assert.deepEqual(changes(before, tree(repository.remote)), ["a.yaml", "kustomization.yaml"]);
    await hand.destroy();
    assert.deepEqual(changes(before, tree(repository.remote)), []);
  }

  it("leaves 2,000 files of others as they are", async () => {
    await manyFiles("few", 2_000);
  });
  slow("leaves 50,000 files of others as they are (slow)", async () => {
    await manyFiles("many", 50_000);
  });

  it("leaves modes, links, submodules, LFS pointers, line ends, names and attributes of others as they are", async () => {
    const repository = host.add("odd", { "README.md": "# Repo\n" });
    await fastImport(repository.remote, odd());
    const before = tree(repository.remote);
    assert.equal(before.size, 1 + ODD.length);
    const hand = handTo(repository);
    const edits = { "eol/list.yaml": [{ list: ["resources"], entry: "./ours" }] };
    const ours = {
      "eol/ours.txt": "$Id$\nours\n",
      "scripts/ours.sh": "#!/bin/sh\r\n",
      "ünï/ours ☃.yaml": "a: 1\n",
    };
    await hand.up({ files: ours, edits });
    assert.deepEqual(
      changes(before, tree(repository.remote)),
      ["eol/list.yaml", ...Object.keys(ours)].sort(),
    );
    // Ours are stored byte for byte too, whatever the attributes of others say.
    for (const [path, text] of Object.entries(ours)) assert.equal(repository.remote.read(path), text);
    assert.equal(
      repository.remote.read("eol/list.yaml"),
      "# theirs\r\nresources:\r\n- ./a # one\r\n- ./ours\r\n",
    );
    await hand.up({ files: {}, edits: {} });
    assert.deepEqual(changes(before, tree(repository.remote)), []);
    await hand.destroy();
    assert.deepEqual(changes(before, tree(repository.remote)), []);
  });

  it("refuses paths at links and submodules of others, and below them", async () => {
    const repository = host.add("taken", { "README.md": "# Repo\n" });
    await fastImport(repository.remote, odd());
    const before = tree(repository.remote);
    const refused = async (paths: readonly string[], message: RegExp): Promise<void> => {
      const files = Object.fromEntries(paths.map((path) => [path, "1"]));
      await assert.rejects(handTo(repository).up({ files, adopt: true }), message);
    };
    await refused(
      ["module", "link.txt", "folder"],
      /module: there is a submodule[^]*link\.txt: there is a symbolic link[^]*folder: there is a symbolic link[^]*or choose another path; `adopt` takes over files and entries alone/,
    );
    await refused(
      ["module/a", "link.txt/a"],
      /module\/a: module is a submodule[^]*link\.txt\/a: link\.txt is a symbolic link/,
    );
    assert.deepEqual(changes(before, tree(repository.remote)), []);
  });

  it("keeps the executable bit that somebody gave to a file of ours", async () => {
    const repository = host.add("bits");
    const hand = handTo(repository);
    const { remote } = repository;
    await hand.up({ files: { "run.sh": "#!/bin/sh\n" } });
    remote.commit({ "theirs.yaml": "t: 1\n" });
    const clone = remote.clone;
    remote.git(clone, "update-index", "--chmod=+x", "run.sh");
    remote.git(clone, "commit", "--quiet", "--message", "Make it run");
    remote.git(clone, "push", "--quiet", "origin", "HEAD:main");
    await hand.up({ files: { "run.sh": "#!/bin/sh\nexit 0\n" } });
    assert.match(tree(remote).get("run.sh") ?? "", /^100755 /);
  });
});

/** Mode, path and content of files as others have them. */
const ODD: readonly (readonly [string, string, string | Buffer])[] = [
  ["100755", "scripts/run.sh", "#!/bin/sh\nexit 0\n"],
  ["100644", "crlf.txt", "one\r\ntwo\r\n"],
  ["100644", "mixed.txt", "one\r\ntwo\nthree\r"],
  ["100644", "no-newline.txt", "end"],
  ["100644", "empty", ""],
  ["100644", "binary.bin", Buffer.from([0, 255, 254, 10, 13, 0])],
  ["100644", "latin1.txt", Buffer.from("caf\u00e9\n", "latin1")],
  ["100644", "bom.yaml", "\ufeffa: 1\n"],
  ["120000", "link.txt", "crlf.txt"],
  ["120000", "folder", "eol"],
  ["120000", "dangling", "../../outside"],
  ["100644", ".gitmodules", '[submodule "module"]\n\tpath = module\n\turl = ../other.git\n'],
  ["160000", "module", "1234567890123456789012345678901234567890"],
  ["100644", ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n* text=auto\n"],
  ["100644", "eol/.gitattributes", "* text eol=lf ident\n*.txt filter=missing\n*.crlf eol=crlf\n"],
  ["100644", "eol/list.yaml", "# theirs\r\nresources:\r\n- ./a # one\r\n"],
  ["100644", "eol/theirs.txt", "$Id$\r\n"],
  ["100644", "eol/deeper/.gitattributes", "* -text working-tree-encoding=UTF-16\n"],
  ["100644", "eol/deeper/theirs.crlf", "a\nb\r\n"],
  [
    "100644",
    "large.bin",
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
  ],
  ["100644", "ünï/ß ☃ 名.yaml", "a: 1\n"],
  ["100644", "u\u0308/decomposed.yaml", "a: 1\n"],
  ["100644", 'quo"te\\back\ttab\nline', "a: 1\n"],
  ["100644", "Case.yaml", "a: 1\n"],
  ["100644", "case.yaml", "a: 2\n"],
  ["100644", "-dash", "a: 1\n"],
  ["100644", ":(top)magic", "a: 1\n"],
];

function* odd(): Generator<Buffer | string> {
  yield commit("Odd files");
  for (const [mode, path, content] of ODD) {
    const quoted = `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
    if (mode === "160000") yield `M ${mode} ${content.toString()} ${quoted}\n`;
    else {
      const bytes = Buffer.from(content);
      yield Buffer.concat([
        Buffer.from(`M ${mode} inline ${quoted}\ndata ${bytes.length}\n`),
        bytes,
        Buffer.from("\n"),
      ]);
    }
  }
}

function* emptyCommits(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield commit(`Change ${index}`, index === 0);
}

function* files(count: number): Generator<string> {
  yield commit("Many files");
  for (let index = 0; index < count; index++) {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app-${index}}\n`;
    yield `M 100644 inline apps/${index % 100}/app-${index}.yaml\ndata ${text.length}\n${text}\n`;
  }
}

function commit(message: string, first = true): string {
  const from = first ? "from refs/heads/main^0\n" : "";
  return `commit refs/heads/main\ncommitter ${IDENTITY} 1700000000 +0000\ndata ${message.length}\n${message}\n${from}`;
}

/** Writes straight into the repository on the server. */
async function fastImport(remote: TestRemote, stream: Iterable<Buffer | string>): Promise<void> {
  const git = spawn("git", ["-C", join(remote.folder, "remote.git"), "fast-import", "--quiet"], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const ended = new Promise((done) => git.on("close", done));
  for (const part of stream) {
    if (!git.stdin.write(part)) await new Promise((done) => git.stdin.once("drain", done));
  }
  git.stdin.end();
  assert.equal(await ended, 0);
}

/** Path → mode, type and object id. */
function tree(remote: TestRemote): Map<string, string> {
  const output = execFileSync("git", ["ls-tree", "-r", "-z", "main"], {
    cwd: join(remote.folder, "remote.git"),
    encoding: "utf8",
    maxBuffer: 100_000_000,
  });
  return new Map(
    output
      .split("\0")
      .filter((line) => line !== "")
      .map((line): [string, string] => [
        line.slice(line.indexOf("\t") + 1),
        line.slice(0, line.indexOf("\t")),
      ]),
  );
}

/** Paths that differ between two trees, sorted. */
function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort();
}
