import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hand, TestRemote } from "./remote";
import { slow } from "../slow";

describe("a machine's own git configuration", () => {
  const before = process.env.GIT_CONFIG_SYSTEM;
  afterEach(() => {
    if (before === undefined) delete process.env.GIT_CONFIG_SYSTEM;
    else process.env.GIT_CONFIG_SYSTEM = before;
  });

  it("runs no hook and no helper, and changes neither what is pushed nor what is read", async () => {
    const remote = new TestRemote();
    const file = (name: string): string => join(remote.folder, name);
    const hook = `#!/bin/sh\ntouch '${file("ran")}'\nexit 1\n`;
    for (const hooks of [file("hooks"), file("template/hooks")]) {
      mkdirSync(hooks, { recursive: true });
      // Not one that the remote runs, too, which is on this machine here.
      for (const name of ["pre-push", "post-index-change", "post-checkout"])
        writeFileSync(join(hooks, name), hook, { mode: 0o755 });
    }
    const lines = [
      ...["[safe]", "bareRepository = explicit", "[core]", `hooksPath = ${file("hooks")}`],
      ...[
        "[init]",
        `templateDir = ${file("template")}`,
        "defaultObjectFormat = sha256",
        "defaultBranch = other",
      ],
      ...[
        "[push]",
        "gpgSign = true",
        "pushOption = ci.skip",
        "followTags = true",
        "recurseSubmodules = only",
      ],
      ...["[log]", "showSignature = true", "mailmap = true", "[i18n]", "logOutputEncoding = ISO-8859-1"],
      ...["[commit]", "gpgSign = true", "[credential]", `helper = "!touch '${file("ran")}'"`],
    ];
    writeFileSync(file("system"), `${lines.join("\n")}\n`);
    try {
      const files = { "a/é.yaml": "a: 1\n" };
      const author = { name: "Zoë", email: "zoe@example.com" };
      process.env.GIT_CONFIG_SYSTEM = file("system");
      const hand = new Hand(remote.url);
      await hand.up({ files, author });
      const second = new Hand(remote.url);
      await second.up({ files: { "a/é.yaml": "a: 1\n", "b.yaml": "b: 1\n" }, author });
      await second.refresh();
      await second.destroy();
      delete process.env.GIT_CONFIG_SYSTEM;
      assert.deepEqual(remote.log("%an"), ["Zoë", "Zoë", "Zoë", "Somebody"]);
      assert.ok(!existsSync(file("ran")), "a hook or helper ran");
    } finally {
      remote.dispose();
    }
  });

  slow(
    "may speak git's first protocol, by which a host gives out no commit that no branch is at",
    async () => {
      const remote = new TestRemote();
      try {
        await new Hand(remote.url).up({ files: { "a.yaml": "a: 1\n" } });
        const clone = remote.clone;
        remote.git(clone, "pull", "--quiet", "--rebase", "origin", "main");
        // Further than the newest commits that come with the head.
        const tree = remote.git(clone, "rev-parse", "HEAD^{tree}").trim();
        let head = remote.git(clone, "rev-parse", "HEAD").trim();
        for (let i = 0; i < 51; i++)
          head = remote.git(clone, "commit-tree", tree, "-p", head, "-m", "Theirs").trim();
        remote.git(clone, "push", "--quiet", "origin", `${head}:main`);
        const system = join(remote.folder, "system");
        writeFileSync(system, "[protocol]\n\tversion = 0\n");
        process.env.GIT_CONFIG_SYSTEM = system;
        // Whose the file is tells the commit that brought it.
        await new Hand(remote.url).up({ files: { "a.yaml": "a: 2\n" } });
        assert.equal(remote.read("a.yaml"), "a: 2\n");
      } finally {
        remote.dispose();
      }
    },
  );
});
