import assert from "node:assert/strict";
import { join } from "node:path";
import { answer, type Fault } from "./host";
import { at, attempts, FILES, places, useHost } from "./faults";
import { slow, someOf } from "../slow";

describe("faults of the git host", function () {
  const { add, start, converges } = useHost();

  describe("that a new attempt can't change end at once, with what to do", () => {
    const faults: Readonly<Record<string, readonly [Fault, RegExp, RegExp?]>> = {
      401: [answer(401, "who are you"), /→ the host doesn't accept the user name and password or token/],
      403: [
        answer(403, "not you"),
        /→ the credential may not read this repository/,
        /→ the credential may read this repository but not write to it/,
      ],
      404: [answer(404, "not here"), /→ there is no such repository, or the credential can't see it/],
    };
    for (const [name, [fault, reading, pushing = reading]] of someOf(Object.entries(faults))) {
      it(name, async () => {
        await Promise.all(
          places.map(async ({ step, index }) => {
            const { url, remote, ...repository } = add();
            // Git itself asks a second time after a 401.
            repository.faults.push(...at(index, fault), ...Array.from({ length: 5 }, () => fault));
            const { hand, ctx } = start(url);
            await assert.rejects(hand.up(FILES), step.startsWith("fetch") ? reading : pushing, step);
            assert.equal(attempts(ctx.messages), 1, step);
            assert.deepEqual(remote.log(), ["Start"]);
            repository.faults.length = 0;
            await converges(url, remote);
          }),
        );
      });
    }

    it("a wrong password, which no message repeats", async () => {
      const { url, remote } = add();
      const { hand, ctx } = start(url, { basic: { username: "git", password: "wrong-pa55" } });
      await assert.rejects(hand.up(FILES), (error: Error) => {
        assert.match(error.message, /→ the host doesn't accept the user name and password or token/);
        return !/wrong-pa55|Basic /.test(error.message + ctx.messages.join());
      });
      await converges(url, remote);
    });
  });

  describe("refusals of the repository", () => {
    const said = (...lines: readonly string[]): string =>
      `cat >&2 <<'TEXT'\n${lines.join("\n")}\nTEXT\nexit 1`;
    const branch = /→ the branch doesn't take direct pushes/;
    const ticket = /→ the host wants something else in the commit's message[^]*`trailers`/;
    const rule = /→ a rule or hook of the repository refuses this commit/;
    const room = /→ the host has no room left/;
    const hooks: Readonly<Record<string, readonly [string, string, RegExp]>> = {
      "a pre-receive hook": ["pre-receive", said("commits need a ticket"), ticket],
      "an update hook": ["update", said("main is frozen"), rule],
      "GitHub's protected branch": [
        "pre-receive",
        said("error: GH006: Protected branch update failed for refs/heads/main."),
        branch,
      ],
      "GitHub's rules": [
        "pre-receive",
        said("error: GH013: Repository rule violations found for refs/heads/main."),
        branch,
      ],
      "GitLab's protected branch": [
        "pre-receive",
        said("GitLab: You are not allowed to push code to protected branches on this project."),
        branch,
      ],
      "Gitea's protected branch": [
        "pre-receive",
        said("Gitea: Not allowed to push to protected branch main"),
        branch,
      ],
      "GitHub's file size limit": [
        "pre-receive",
        said("error: File a.yaml is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB"),
        room,
      ],
      "GitLab's quota": [
        "pre-receive",
        said("GitLab: Your push would exceed the allocated storage for your project."),
        room,
      ],
      "a full disk": ["pre-receive", said("fatal: write error: No space left on device"), room],
    };
    for (const [name, [hook, script, advice]] of someOf(Object.entries(hooks))) {
      it(`${name}: its words and what to do, without another attempt`, async () => {
        const { url, remote } = add();
        remote.hook(hook, script);
        const { hand, ctx } = start(url);
        await assert.rejects(hand.up(FILES), (error: Error) => {
          assert.match(error.message, advice);
          const words = script.split("\n")[1]!.replace(/^(error|fatal): /, "");
          return error.message.includes(words);
        });
        assert.equal(attempts(ctx.messages), 1);
        remote.hook(hook, "exit 0");
        await converges(url, remote);
      });
    }

    slow("a push larger than the server takes", async () => {
      const { url, remote } = add();
      remote.git(remote.folder, "-C", "remote.git", "config", "receive.maxInputSize", "60");
      const { hand, ctx } = start(url);
      await assert.rejects(hand.up(FILES), room);
      assert.equal(attempts(ctx.messages), 1);
      remote.git(remote.folder, "-C", "remote.git", "config", "--unset", "receive.maxInputSize");
      await converges(url, remote);
    });

    it("a server that can't write objects", async () => {
      const { url, remote } = add();
      const objects = join(remote.folder, "remote.git", "objects");
      // A file where git makes the folder of incoming objects: fails for every user, also root.
      remote.git(remote.folder, "-C", "remote.git", "config", "receive.unpackLimit", "1");
      remote.hook("pre-receive", `for i in ${objects}/tmp_objdir-*; do rm -rf "$i"; done`);
      const { hand } = start(url);
      await assert.rejects(hand.up(FILES), /pushing to .* failed: /);
      assert.deepEqual(remote.log(), ["Start"]);
      remote.hook("pre-receive", "exit 0");
      await converges(url, remote);
    });
  });
});
