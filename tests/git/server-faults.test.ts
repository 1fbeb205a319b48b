import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority, signHost } from "./authority";
import { answer, close, cutAnswer, cutRequest, type Fault, hang, SIGN_IN, TestHost } from "./host";
import { Hand, testContext, TestRemote } from "./remote";

const STEPS = ["fetch: greeting", "fetch: branches", "fetch: objects", "push: greeting", "push: objects"];
const FILES = { files: { "a.yaml": "a: 1\n" } };

const ALL = process.env.SLOW !== undefined || process.env.CI !== undefined;
const slow = ALL ? describe : describe.skip;
/** Everywhere a fault can strike; without SLOW only at the first and the last place. */
const places = STEPS.map((step, index) => ({ step, index })).filter(
  ({ index }) => ALL || index === 0 || index === STEPS.length - 1,
);

/** The fault at one step of a run, everything else served. */
const at = (step: number, fault: Fault): (Fault | undefined)[] => [
  ...Array.from({ length: step }, () => undefined),
  fault,
];
const attempts = (messages: readonly string[]): number =>
  messages.filter((message) => /^reading the branch|attempt \d+\)$/.test(message)).length;

describe("faults of the git host", function () {
  this.timeout(60_000);
  const previous = process.env.XDG_RUNTIME_DIR;
  let host: TestHost;
  let runtime: string;
  let count = 0;
  before(async () => {
    runtime = mkdtempSync(join(tmpdir(), "handoff-runtime-"));
    process.env.XDG_RUNTIME_DIR = runtime;
    host = await TestHost.start();
  });
  after(() => {
    host.stop();
    rmSync(runtime, { recursive: true });
    if (previous === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = previous;
  });
  afterEach(() => {
    assert.deepEqual(readdirSync(runtime), [], "every run removes its credentials");
  });

  const add = (files?: Readonly<Record<string, string>>) => host.add(`case-${String(count++)}`, files);
  /** A run over HTTP; the context tells what the user saw. */
  const start = (url: string, auth: object = SIGN_IN) => {
    const ctx = testContext();
    return { ctx, hand: new Hand(url, ctx, { auth }) };
  };
  /** The fault has passed: the same inputs land, once. */
  const converges = async (url: string, remote: TestRemote, auth: object = SIGN_IN): Promise<void> => {
    const { hand } = start(url, auth);
    await hand.up(FILES);
    await new Hand(url, testContext(), { auth }).up(FILES);
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
    assert.equal(remote.read("a.yaml"), "a: 1\n");
  };

  it("needs at most 6 requests for a commit, 2 for a no-op and for a refresh", async () => {
    const { url, requests, remote } = add();
    const { hand } = start(url);
    const counts: Record<string, number> = {};
    const counted = async (name: string, limit: number, action: () => Promise<unknown>): Promise<void> => {
      requests.length = 0;
      await action();
      counts[name] = requests.length;
      assert.ok(requests.length <= limit, `${name}:\n${requests.join("\n")}`);
    };
    await counted("commit", 6, () => hand.up(FILES));
    await counted("no-op", 2, () => hand.up(FILES));
    await counted("refresh", 2, () => hand.refresh());
    await counted("commit that deletes", 6, () => hand.up({ files: { "b.yaml": "b: 1\n" } }));
    await hand.up(FILES);
    remote.commit({ "theirs.yaml": "t: 1\n" });
    await counted("refresh after a commit of others", 4, () => hand.refresh());
    await counted("lost state", 5, () => start(url).hand.up(FILES));
    await counted("commit that deletes after a commit of others", 5, () =>
      hand.up({ files: { "b.yaml": "b: 1\n" } }),
    );
    console.log(`      requests: ${JSON.stringify(counts)}`);
    assert.deepEqual(remote.log(), ["Hand off", "By hand", "Hand off", "Hand off", "Hand off", "Start"]);
  });

  describe("that pass are tried again, and the commit lands once", () => {
    const faults: Readonly<Record<string, Fault>> = {
      "a closed connection": close,
      "a request cut in the middle": cutRequest,
      "an answer cut in the middle": cutAnswer,
      429: answer(429, "slow down"),
      500: answer(500, "out of order"),
      502: answer(502, "bad gateway"),
    };
    it(Object.keys(faults).join(", "), async () => {
      const cases = Object.entries(faults).flatMap(([name, fault]) =>
        places.map(({ step, index }) => ({ name: `${step}: ${name}`, fault, index })),
      );
      await Promise.all(
        cases.map(async ({ name, fault, index }) => {
          const { url, remote, ...repository } = add();
          repository.faults.push(...at(index, fault));
          const { ctx, hand } = start(url);
          await hand.up(FILES).catch((error: unknown) => {
            throw new Error(`${name}: ${(error as Error).message}`);
          });
          // Git itself asks again where a connection was closed before an answer.
          const again = ctx.messages.filter((message) => /attempt \d/.test(message));
          assert.ok(
            again.every((message) => message.startsWith("the host didn't answer: trying again")),
            again.join("\n"),
          );
          assert.deepEqual(remote.log(), ["Hand off", "Start"], name);
          await converges(url, remote);
        }),
      );
      console.log(`      ${cases.length} faults, ${cases.length} commits`);
    });
  });

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
    for (const [name, [fault, reading, pushing = reading]] of Object.entries(faults)) {
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

  describe("a host that is silent", () => {
    it("is left when the user cancels, at any step, and leaves no process behind", async () => {
      await Promise.all(
        places.map(async ({ step, index }) => {
          const { url, remote, ...repository } = add();
          let asked = (): void => undefined;
          const reached = new Promise<void>((done) => (asked = done));
          repository.faults.push(
            ...at(index, (...args) => {
              asked();
              hang(...args);
            }),
          );
          const cancel = new AbortController();
          const hand = new Hand(url, { ...testContext(), signal: cancel.signal }, { auth: SIGN_IN });
          const ended = assert.rejects(hand.up(FILES), { name: "AbortError" });
          await reached;
          cancel.abort();
          const since = Date.now();
          await ended;
          assert.ok(Date.now() - since < 3000, `${step} took ${String(Date.now() - since)} ms`);
          await sleep(500);
          assert.deepEqual(commandsWith(url), []);
          await converges(url, remote);
        }),
      );
    });

    it("counts as unreachable after the time that git is given", async () => {
      process.env.GIT_HTTP_LOW_SPEED_TIME = "1";
      try {
        const { url, remote, ...repository } = add();
        repository.faults.push(hang);
        const { hand, ctx } = start(url);
        await hand.up(FILES);
        assert.equal(attempts(ctx.messages), 2);
        assert.ok(ctx.messages.includes("the host didn't answer: trying again (attempt 2)"));
        assert.deepEqual(remote.log(), ["Hand off", "Start"]);
      } finally {
        delete process.env.GIT_HTTP_LOW_SPEED_TIME;
      }
    });
  });

  it("TLS: refuses an authority that isn't given, and trusts the one that is", async () => {
    const authority = await createAuthority();
    const secure = await TestHost.start(await signHost(authority, "127.0.0.1"));
    try {
      const { url, remote } = secure.add("secure");
      for (const auth of [SIGN_IN, { ...SIGN_IN, ca: (await createAuthority()).certificate }]) {
        const { hand, ctx } = start(url, auth);
        await assert.rejects(hand.up(FILES), /→ the host's TLS certificate isn't trusted/);
        assert.equal(attempts(ctx.messages), 1);
      }
      await converges(url, remote, { ...SIGN_IN, ca: authority.certificate });
    } finally {
      secure.stop();
    }
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
    for (const [name, [hook, script, advice]] of Object.entries(hooks)) {
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

    it("a push larger than the server takes", async () => {
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

  describe("over SSH", () => {
    let remote: TestRemote;
    let url: string;
    before(() => {
      ({ remote } = host.add("flux-config"));
      url = host.sshUrl("flux-config");
    });
    const key = (name: string): string => readFileSync(join(host.keys, name), "utf8");
    const auth = (name: string, knownHosts = key("known_hosts")) => ({
      ssh: { privateKey: key(name), knownHosts },
    });
    const refused = async (given: object, advice: RegExp): Promise<void> => {
      const { hand, ctx } = start(url, given);
      await assert.rejects(hand.up(FILES), advice);
      assert.equal(attempts(ctx.messages), 1);
      assert.deepEqual(remote.log(), ["Start"]);
    };

    it("refuses a host that isn't known, and one with another key", async () => {
      const [address = "", type = ""] = key("known_hosts").split(" ");
      const other = key("calcom.pub").split(" ")[1] ?? "";
      const advice = /→ the host's key is not in the given known_hosts/;
      await refused(auth("flux-config", ""), advice);
      await refused(auth("flux-config", `${address} ${type} ${other}\n`), advice);
    });

    it("names a key that may only read, one of another repository, and one that is none", async () => {
      await refused(auth("flux-config-read"), /marked as read only[^]*→ the credential may read this/);
      await refused(auth("calcom"), /→ there is no such repository, or the credential can't see it/);
      const text = { ssh: { ...auth("calcom").ssh, privateKey: "no key\n" } };
      await refused(text, /→ the host doesn't accept the SSH key/);
    });

    it("is left when the user cancels while the host is silent", async () => {
      const silent = net.createServer(() => undefined);
      await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
      const silentUrl = `ssh://git@127.0.0.1:${String((silent.address() as AddressInfo).port)}/your-org/a.git`;
      const cancel = new AbortController();
      const reached = new Promise((done) => silent.once("connection", done));
      const hand = new Hand(
        silentUrl,
        { ...testContext(), signal: cancel.signal },
        { auth: auth("flux-config") },
      );
      const ended = assert.rejects(hand.up(FILES), { name: "AbortError" });
      await reached;
      cancel.abort();
      await ended;
      silent.close();
    });

    it("lands once with the right key and host", async () => {
      await converges(url, remote, auth("flux-config"));
    });
  });

  slow("a host that stays away (slow)", () => {
    it("is given up after five attempts, with the advice to run the same again", async () => {
      const closed = net.createServer();
      await new Promise<void>((done) => closed.listen(0, "127.0.0.1", done));
      const port = (closed.address() as AddressInfo).port;
      await new Promise((done) => closed.close(done));
      const { url, remote, ...repository } = add();
      repository.faults.push(...Array.from({ length: 100 }, () => answer(503, "down")));
      await Promise.all(
        [`http://127.0.0.1:${String(port)}/your-org/a.git`, url].map(async (address) => {
          const { hand, ctx } = start(address);
          await assert.rejects(hand.up(FILES), /→ the host can't be reached/);
          assert.equal(attempts(ctx.messages), 5);
        }),
      );
      repository.faults.length = 0;
      await converges(url, remote);
    });
  });
});

/** Command lines of git's processes that name the address. */
function commandsWith(url: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes(url) ? [command] : [];
      } catch {
        return []; // it has ended
      }
    });
}
