import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hand, TestRemote } from "./remote";

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
});
