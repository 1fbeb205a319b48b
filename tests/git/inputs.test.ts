import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { gitCommitHandler } from "../../provider/git/commit-handler";
import { addressFault, authFaults } from "../../manifests/git/address";
import { branchFault } from "../../manifests/git/branch-name";
import { pathFault } from "../../manifests/git/path";
import { RemoteBranch } from "../../provider/git/repository";
import { Hand, testContext, TestRemote } from "./remote";
import { slow } from "../slow";

/** Properties that the handler's check finds fault with, and why. */
async function faults(inputs: object): Promise<Record<string, string>> {
  const base = { url: "https://git.example.com/o/r.git", branch: "main", auth: {}, files: {}, message: "M" };
  const author = { name: "Ops", email: "ops@example.com" };
  const checked = await gitCommitHandler.check?.(testContext(), { ...base, author, ...inputs }, undefined);
  return Object.fromEntries((checked?.failures ?? []).map(({ property, reason }) => [property, reason]));
}

describe("inputs of a GitCommit", function () {
  it("are no files of a readable Secret that kustomize would make", async () => {
    const generator = "secretGenerator:\n- name: db\n  envs: [.env]\n  files: [key=../keys/id]\n";
    const files = { "app/kustomization.yaml": generator, "app/.env": "A=canary\n", "keys/id": "canary" };
    const found = await faults({ files });
    assert.deepEqual(Object.keys(found).sort(), ['files["app/.env"]', 'files["keys/id"]']);
    assert.match(
      found['files["app/.env"]'] ?? "",
      /readable secrets .*: `secretGenerator` of app\/kustomization\.yaml/,
    );
    assert.deepEqual(await faults({ files: { ...files, "app/.env": "A=REPLACE_ME\n", "keys/id": "" } }), {});
  });

  describe("addresses", () => {
    for (const url of [
      "https://github.com/org/repo.git",
      "https://git.example.com:8443/a/b/c",
      "http://127.0.0.1:3000/org/repo.git",
      "ssh://git@github.com/org/repo.git",
      "ssh://git@ssh.github.com:443/org/repo.git",
      "ssh://[::1]:22/org/repo.git",
      "ssh://git@ssh.dev.azure.com/v3/org/project/repo",
    ]) {
      it(`takes ${url}`, () => {
        assert.equal(addressFault(url), undefined);
      });
    }
    const refused: Readonly<Record<string, RegExp>> = {
      "": /^it is empty/,
      "--upload-pack=touch pwned": /control characters|option/,
      "--upload-pack=touch${IFS}pwned": /option/,
      "-": /option/,
      "ext::sh": /run a program/,
      "ext::sh -c id": /spaces/,
      "/srv/repo.git": /no scheme/,
      "C:\\repo": /no scheme/,
      "file:///srv/repo.git\n": /control/,
      "git://github.com/org/repo.git": /git:\/\/ isn't taken/,
      "ftp://host/repo": /ftp:\/\/ isn't taken/,
      "git+ssh://git@host/o/r": /write ssh:\/\/git@host\/o\/r$/,
      "HTTPS://host/o/r": /write https:\/\/host\/o\/r$/,
      "git@github.com:org/repo.git": /write ssh:\/\/git@github\.com\/org\/repo\.git$/,
      "github.com:org/repo.git": /write ssh:\/\/git@github\.com\/org\/repo\.git$/,
      "ssh://git@github.com:org/repo.git": /write ssh:\/\/git@github\.com\/org\/repo\.git$/,
      "ssh://-oProxyCommand=id/x": /no host name/,
      "ssh://git@-oProxyCommand=id/x": /no host name/,
      "ssh://-l@host/x": /characters that no user name has/,
      "https://host:99999/o/r": /no port/,
      "https://host": /names no repository/,
      "https://host/o/r?x=1": /has a \? or #/,
      "https://host/o/r#main": /has a \? or #/,
      "https://host/o/../r": /\. or \.\./,
    };
    for (const [url, words] of Object.entries(refused)) {
      it(`refuses ${JSON.stringify(url)}`, async () => {
        assert.match(addressFault(url) ?? "", words);
        assert.match((await faults({ url })).url ?? "", words);
        await assert.rejects(
          RemoteBranch.use({ url, branch: "main", auth: {} }, (branch) => branch.fetch()),
          /address can't be used/,
        );
      });
    }

    it("never repeats a credential", async () => {
      const word = fc.stringMatching(/^[A-Za-z0-9]{12}$/);
      await fc.assert(
        fc.asyncProperty(
          word,
          fc.constantFrom("https", "http", "ssh", "HTTPS", "git+ssh", "ftp"),
          async (secret, scheme) => {
            for (const user of [
              `u:${secret}`,
              ...(scheme === "ssh" || scheme === "git+ssh" ? [] : [secret]),
            ]) {
              const url = `${scheme}://${user}@host/o/r.git`;
              const said = JSON.stringify(
                await faults({ url, auth: { basic: { username: "u", password: secret } } }),
              );
              assert.match(said, /"url"/, url);
              assert.ok(!said.includes(secret), said);
            }
          },
        ),
      );
    });

    it("runs no command for an address, in a preview neither", async () => {
      const remote = new TestRemote();
      try {
        const file = join(remote.folder, "pwned");
        for (const url of [`--upload-pack=touch ${file}`, `ext::touch ${file}`]) {
          await assert.rejects(new Hand(url).preview({ files: { "a.yaml": "a: 1\n" } }));
        }
        assert.ok(!existsSync(file));
      } finally {
        remote.dispose();
      }
    });

    it("goes with the way of signing in", () => {
      const names = (url: string, auth: Parameters<typeof authFaults>[1]): string[] =>
        authFaults(url, auth).map(([name]) => name);
      const basic = { username: "u", password: "p" };
      assert.deepEqual(names("ssh://git@h/o/r", { basic }), ["auth.basic"]);
      assert.deepEqual(names("https://h/o/r", { ssh: { privateKey: "k", knownHosts: "h" } }), ["auth.ssh"]);
      assert.deepEqual(names("https://h/o/r", { bearer: { token: "t\n" } }), ["auth.bearer.token"]);
      assert.deepEqual(names("https://h/o/r", { basic: { ...basic, username: "a:b" } }), [
        "auth.basic.username",
      ]);
      assert.deepEqual(names("https://h/o/r", { basic, proxy: "-x" }), ["auth.proxy"]);
      assert.deepEqual(names("https://h/o/r", { basic }), []);
    });
  });

  describe("paths", () => {
    const bad = [
      ...["", "/a", "./a.yaml", "../x", "a/../b", "a//b", "a/", "a\\b", "a\nb", "a\u0000", "a\u0085"],
      ...[
        ".git/x",
        ".GIT/x",
        "a/.Git",
        "git~1/x",
        "GIT~2",
        ".git./x",
        ".git /x",
        ".g\u200cit/x",
        ".git\ufeff/x",
      ],
      ...["con", "a/NUL", "nul.txt", "COM1", "lpt9.yaml", "aux.tar.gz", "COM\u00b9", "PRN .txt"],
      ...["a:b", 'a"b', "a?b", "a*b", "a<b", "a|b", "a.", "a ", "a./b", "a /b", "\ud800", ".gitmodules"],
      ...["x".repeat(256), "é".repeat(128), `${"abc/".repeat(300)}x`],
    ];
    it("are refused when git's fsck or a common file system doesn't take them, each by name", async () => {
      for (const group of ["files", "digests", "initialFiles", "edits"]) {
        const given = Object.fromEntries(bad.map((path) => [path, group === "edits" ? [] : "text"]));
        const found = await faults({ [group]: given });
        for (const path of bad) assert.ok(found[`${group}[${JSON.stringify(path)}]`], JSON.stringify(path));
      }
    });
    it("are taken when all do", () => {
      for (const path of [
        "a b/c",
        "git~x",
        ".github/x",
        "console",
        "com10",
        "nulls/x",
        ".gitignore",
        "ü/ß.yaml",
        "a..b",
      ])
        assert.equal(pathFault(path), undefined, path);
    });
    slow("that are taken make a tree that fsck takes", async () => {
      const remote = new TestRemote();
      try {
        const part = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
        const paths = fc
          .sample(fc.array(part, { minLength: 1, maxLength: 3 }), 300)
          .map((parts) => parts.join("/"));
        const taken: Record<string, string> = { toString: "x\n", "valueOf/constructor": "x\n" };
        for (const path of paths.filter((candidate) => pathFault(candidate) === undefined)) {
          if (Object.keys(await faults({ files: { ...taken, [path]: "x\n" } })).length === 0)
            taken[path] = "x\n";
        }
        await new Hand(remote.url).up({ files: taken });
        remote.git(remote.folder, "-C", "remote.git", "fsck", "--strict");
        assert.ok(
          Object.keys(taken).every(
            (path) => remote.git(remote.folder, "-C", "remote.git", "cat-file", "-e", `main:${path}`) === "",
          ),
        );
      } finally {
        remote.dispose();
      }
    });
    it("that are one path where case or accents don't count are refused, in folders too", async () => {
      const pairs = [
        ["App.yaml", "app.yaml"],
        ["apps/a.yaml", "Apps/b.yaml"],
        ["caf\u00e9/x", "cafe\u0301/y"],
        ["stra\u00dfe", "STRASSE"],
      ] as const;
      for (const [one, other] of pairs) {
        const found = await faults({ files: { [one]: "1" }, initialFiles: { [other]: "2" } });
        assert.ok(found[`initialFiles[${JSON.stringify(other)}]`], other);
        const remote = new TestRemote({ [one]: "theirs\n" });
        try {
          await assert.rejects(
            new Hand(remote.url).preview({ files: { [other]: "1" } }),
            /differs from|same name as/,
          );
        } finally {
          remote.dispose();
        }
      }
    });
  });

  it("branches follow git's rules", async () => {
    for (const name of [
      "",
      "-x",
      "a..b",
      "a b",
      "a~1",
      "a^",
      "a:b",
      "a?",
      "a*",
      "a[",
      "a\\b",
      "/a",
      "a/",
      "a//b",
      ".a",
      "a/.b",
      "a.",
      "a.lock",
      "a.lock/b",
      "a@{b",
      "@",
      "HEAD",
      "refs/heads/main",
      "a\u007f",
    ]) {
      assert.ok(branchFault(name), name);
      assert.ok((await faults({ branch: name })).branch, name);
      const mode = { pullRequest: { branch: name, host: "gitea" } };
      assert.ok((await faults({ mode }))["mode.pullRequest.branch"], name);
    }
    for (const name of ["main", "feature/x-1", "a@b", "ü", "release-1.2"])
      assert.equal(branchFault(name), undefined);
  });

  it("authors, messages and trailers are what git takes and reads back", async () => {
    for (const name of ["Ops <team>", "", " ", "...", "a\nb", "<>", "a>b", "\u0007"])
      assert.ok((await faults({ author: { name, email: "o@x" } }))["author.name"], name);
    for (const email of ["", "<o@x>", "o@x\n", " , ", "a b@x"])
      assert.ok((await faults({ author: { name: "Ops", email } }))["author.email"], email);
    for (const message of [
      "",
      " ",
      "a\nb",
      "a\u0000b",
      "x".repeat(73),
      "Handoff-Resource: other",
      "a\u2028b",
    ])
      assert.ok((await faults({ message })).message, message);
    for (const [key, value] of [
      ["a b", "x"],
      ["", "x"],
      ["-", "x"],
      ["Ticket", ""],
      ["Ticket", "a\nb"],
      ["Ticket", "\u001b[2J"],
      ["handoff-stack", "x"],
      ["Ticket", "x".repeat(1001)],
    ] as const)
      assert.equal(Object.keys(await faults({ trailers: { [key]: value } })).length, 1, key);
    assert.deepEqual(await faults({ message: "x".repeat(72), trailers: { "Reviewed-by": "Ann <a@x>" } }), {});
  });
});
