import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority, signHost } from "./authority";
import { answer, close, cutAnswer, cutRequest, type Fault, hang, SIGN_IN, TestHost } from "./host";
import { Hand, testContext } from "./remote";
import { at, attempts, FILES, places, useHost } from "./faults";
import { slow, slowly } from "../slow";

describe("faults of the git host", function () {
  const { add, start, converges } = useHost();

  it("needs at most 5 requests for a commit, 2 for a no-op and for a refresh", async () => {
    const { url, requests, remote } = add();
    const { hand } = start(url);
    const counts: Record<string, number> = {};
    const counted = async (name: string, limit: number, action: () => Promise<unknown>): Promise<void> => {
      requests.length = 0;
      await action();
      counts[name] = requests.length;
      assert.ok(requests.length <= limit, `${name}:\n${requests.join("\n")}`);
    };
    await counted("commit", 5, () => hand.up(FILES));
    await counted("no-op", 2, () => hand.up(FILES));
    await counted("refresh", 2, () => hand.refresh());
    await counted("commit that deletes", 5, () => hand.up({ files: { "b.yaml": "b: 1\n" } }));
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

  it("reaches a host whose proxy takes no request without its length", async () => {
    const { url, remote, requests, ...repository } = add();
    const noLength: Fault = ({ headers }, response, serve) => {
      if (headers["transfer-encoding"] === undefined) serve();
      else response.writeHead(411).end();
    };
    repository.faults.push(...Array.from({ length: 10 }, () => noLength));
    // More than git sends at once by itself.
    await start(url).hand.up({ files: { "a.txt": randomBytes(3 << 20).toString("base64") } });
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
    assert.ok(requests.length <= 5, requests.join("\n"));
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
    slow(Object.keys(faults).join(", "), async () => {
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
          await ended;
          for (let waited = 0; commandsWith(url).length > 0; waited++) {
            assert.ok(waited < 100, `after ${step}: ${commandsWith(url).join("\n")}`);
            await sleep(100);
          }
          await converges(url, remote);
        }),
      );
    });

    slow("counts as unreachable after the time that git is given", async () => {
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

  slowly("a host that stays away (slow)", () => {
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
