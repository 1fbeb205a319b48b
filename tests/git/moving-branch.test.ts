import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { RemoteBranch } from "../../provider/git/repository";
import { withRetries } from "../../provider/git/retries";
import { type Fault, type HostedRepository, SIGN_IN, TestHost } from "./host";
import { Hand, testContext } from "./remote";
import { slow } from "../slow";

const FILES = { files: { "a.yaml": "a: 1\n" } };
const author = { name: "Handoff", email: "handoff@example.com" };

/** Commits of a bot, straight into the repository. */
function bot({ remote }: HostedRepository): () => void {
  let count = 0;
  const git = (...args: string[]): string => remote.git(remote.folder, "-C", "remote.git", ...args).trim();
  return () => {
    const parent = git("rev-parse", "main");
    const name = count % 4 === 3 ? "Other Bot" : "Bot";
    const identity = ["-c", `user.name=${name}`, "-c", "user.email=bot@example.com"];
    const message = `Bump to ${String(++count)}\n\nBy schedule`;
    const commit = git(...identity, "commit-tree", `${parent}^{tree}`, "-p", parent, "-m", message);
    git("update-ref", "refs/heads/main", commit);
  };
}

/** Serves everything, and does something before each `period`th request: the time of a branch that moves. */
function every(period: number, act: () => void, delay = 0): Fault[] {
  let count = 0;
  return Array.from({ length: 2000 }, () => (_request, _response, serve) => {
    if (++count % period === 0) act();
    setTimeout(serve, delay);
  });
}

describe("a branch that others move all the time", function () {
  let host: TestHost;
  let count = 0;
  before(async () => {
    host = await TestHost.start();
  });
  after(() => {
    host.stop();
  });
  const add = (): HostedRepository => host.add(`moving-${String(count++)}`, { "README.md": "# Repo\n" });

  slow(
    "takes the commit where three requests pass without a move, after four requests an attempt",
    async () => {
      const repository = add();
      repository.faults = every(3, bot(repository));
      const ctx = testContext();
      await new Hand(repository.url, ctx, { auth: SIGN_IN }).up(FILES);
      assert.equal(repository.remote.read("a.yaml"), "a: 1\n");
      assert.equal(repository.remote.log().filter((subject) => subject === "Hand off").length, 1);
      const look = ["GET info/refs?service=git-upload-pack", "POST git-upload-pack", "POST git-upload-pack"];
      const again = [...look, "POST git-receive-pack"];
      const first = [...look, "GET info/refs?service=git-receive-pack", "POST git-receive-pack"];
      assert.deepEqual(repository.requests, [...first, ...again, ...again, ...again]);
    },
  );

  it("is no reason to push another way than by git to a host that answers a push in one request differently", async () => {
    const repository = add();
    const move = bot(repository);
    const greeted = (): boolean => repository.requests.at(-2)?.startsWith("GET") === true;
    repository.faults = Array.from({ length: 100 }, (): Fault => (request, response, serve) => {
      if (request.url?.endsWith("/git-receive-pack") === true && !greeted()) {
        request.resume();
        response.writeHead(200, { "content-type": "text/html" }).end("Sign in");
        return;
      }
      if (repository.requests.length === 3) move();
      serve();
    });
    await new Hand(repository.url, testContext(), { auth: SIGN_IN }).up(FILES);
    assert.deepEqual(repository.remote.log(), ["Hand off", "Bump to 1", "Start"]);
    assert.equal(repository.requests.filter((request) => request === "POST git-receive-pack").length, 3);
  });

  it("ends with who moves it, what was tried and what to do", async () => {
    const repository = add();
    const move = bot(repository);
    repository.faults = every(1, move);
    for (let commits = 0; commits < 24; commits++) move();
    const { url } = repository;
    const attempts = RemoteBranch.use({ url, branch: "main", auth: SIGN_IN }, async (branch) => {
      const target = { url, branch: "main", history: branch.history.bind(branch), elsewhere: "to another" };
      const attempt = async (found: (commit?: string) => Promise<void>): Promise<string> => {
        const head = await branch.fetch();
        await found(head.commit);
        const writes = new Map([["a.yaml", { mode: "100644", content: Buffer.from("a: 1\n") }]]);
        return await branch.publish({ parent: head.commit, writes, deletes: [], message: "Ours\n", author });
      };
      return await withRetries(testContext(), target, attempt, 0);
    });
    await assert.rejects(attempts, (error: Error) => {
      assert.match(
        error.message,
        new RegExp(
          [
            `^main of ${url} is moved by others faster than a commit can be pushed on top: it moved during each of 1 attempts within \\d+ seconds`,
            "its last 20 commits:",
            '- 15 by Bot <bot@example.com>, the newest "Bump to \\d+"',
            '- 5 by Other Bot <bot@example.com>, the newest "Bump to \\d+"',
            "last answer: pushing to .*",
            "→ Pause who moves it \\(a bot, a scheduled pipeline\\) and run the same command again; or hand off to another. Nothing was changed there.$",
          ].join("\n"),
        ),
      );
      return true;
    });
    assert.ok(!repository.remote.files().includes("a.yaml"));
  });

  slow(
    "every 0.4 seconds, at half a second a request: the commit lands, or `up` says who (slow)",
    async () => {
      const repository = add();
      const move = bot(repository);
      repository.faults = every(2000, move, 500);
      const over = new AbortController();
      const moving = (async () => {
        while (!over.signal.aborted) {
          move();
          await sleep(400);
        }
      })();
      const landed = await new Hand(repository.url, testContext(), { auth: SIGN_IN }).up(FILES).then(
        () => true,
        (error: unknown) => {
          assert.match(
            (error as Error).message,
            /is moved by others[^]*\d+ by Bot <bot@example\.com>[^]*→ Pause who/,
          );
          return false;
        },
      );
      over.abort();
      await moving;
      assert.equal(repository.remote.files().includes("a.yaml"), landed);
    },
  );
});
