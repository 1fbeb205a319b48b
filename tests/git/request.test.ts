import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeKeys } from "../../tools/sandbox/keys";
import { httpHandler } from "../../tools/sandbox/services/git";
import { Hand, testContext, TestRemote } from "./remote";
import { slowly } from "../slow";

type Host = "github" | "gitlab" | "gitea";

interface Request {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  open: boolean;
}

/** How the hosts differ: paths, the sign-in, the names of fields. */
const APIS = {
  github: { prefix: "/api/v3/repos/your-org/calcom/pulls", sign: "Bearer t0ken", head: "head", base: "base" },
  gitea: { prefix: "/api/v1/repos/your-org/calcom/pulls", sign: "token t0ken", head: "head", base: "base" },
  gitlab: {
    prefix: "/api/v4/projects/your-org%2Fcalcom/merge_requests",
    sign: "Bearer t0ken",
    head: "source_branch",
    base: "target_branch",
  },
} as const;

/** A git host with pull requests, over HTTP. */
class RequestHost {
  readonly folder = mkdtempSync(join(tmpdir(), "handoff-request-"));
  readonly remote = new TestRemote({
    "README.md": "# Repo\n",
    "kustomization.yaml": "resources:\n- ./theirs\n",
  });
  readonly requests: Request[] = [];
  faults: number[] = [];
  private readonly server: http.Server;

  constructor(private readonly host: Host) {
    mkdirSync(join(this.folder, "your-org"));
    this.remote.git(this.remote.folder, "-C", "remote.git", "config", "receive.denyNonFastForwards", "true");
    symlinkSync(join(this.remote.folder, "remote.git"), join(this.folder, "your-org", "calcom.git"));
    writeKeys(join(this.folder, "keys"));
    const git = httpHandler({
      repositories: this.folder,
      keys: join(this.folder, "keys"),
      username: "git",
      password: "t0ken",
      publicOrganizations: [],
    });
    this.server = http.createServer((request, response) => {
      if (request.url?.startsWith("/api/")) void this.answer(request, response);
      else git(request, response);
    });
  }

  async start(): Promise<string> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/your-org/calcom.git`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), "close");
    this.remote.dispose();
    rmSync(this.folder, { recursive: true });
  }

  /** Somebody presses the button. */
  merge(how: "--no-ff" | "--squash" = "--no-ff"): void {
    const clone = this.remote.clone;
    const git = (...args: string[]): string => this.remote.git(clone, ...args);
    git("fetch", "--quiet", "origin", "main", "handoff");
    git("checkout", "--quiet", "--detach", "origin/main");
    git("merge", "--quiet", how, "--no-edit", "origin/handoff");
    if (how === "--squash") git("commit", "--quiet", "--message", "Squashed");
    git("push", "--quiet", "origin", "HEAD:main");
    git("checkout", "--quiet", "-B", "main", "HEAD");
    for (const request of this.requests) request.open = false;
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const api = APIS[this.host];
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    const fault = this.faults.shift();
    if (fault !== undefined) reply(fault, { message: "No" });
    else if (request.headers.authorization !== api.sign) reply(401, { message: "Bad token" });
    else if (pathname !== api.prefix) reply(404, { message: "Not found" });
    else if (request.method === "POST") {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
      const made = { head: body[api.head]!, base: body[api.base]!, title: body.title!, open: true };
      reply(201, this.show(made, this.requests.push(made) - 1));
    } else {
      const head = searchParams
        .get(this.host === "gitlab" ? "source_branch" : "head")
        ?.replace("your-org:", "");
      const found = this.requests.map((made, index) => ({ made, index }));
      reply(
        200,
        found
          .filter(({ made }) => made.open && (head === undefined || made.head === head))
          .map(({ made, index }) => this.show(made, index)),
      );
    }
  }

  private show(made: Request, index: number): object {
    const address = `https://example.com/${String(index + 1)}`;
    return this.host === "gitlab"
      ? { web_url: address, source_branch: made.head, target_branch: made.base }
      : { html_url: address, head: { ref: made.head }, base: { ref: made.base } };
  }
}

// One host stands for the others unless slow.
for (const kind of Object.keys(APIS) as Host[]) {
  (kind === "github" ? describe : slowly)(`handing off by a pull request on ${kind}`, function () {
    let host: RequestHost;
    let hand: Hand;
    let context: ReturnType<typeof testContext>;
    const edits = { "kustomization.yaml": [{ list: ["resources"], entry: "./ours" }] };
    const extra = (url: string) => ({
      url,
      auth: { basic: { username: "git", password: "t0ken" } },
      mode: { pullRequest: { branch: "handoff", host: kind } },
    });
    const shown = (path: string, branch = "handoff"): string =>
      host.remote.git(host.remote.folder, "-C", "remote.git", "show", `${branch}:${path}`);
    const count = (branch = "handoff"): number =>
      Number(host.remote.git(host.remote.folder, "-C", "remote.git", "rev-list", "--count", branch));

    beforeEach(async () => {
      host = new RequestHost(kind);
      context = testContext();
      const url = await host.start();
      hand = new Hand(url, context, extra(url));
    });
    afterEach(async () => {
      await host.stop();
    });

    it("opens one, leaves it alone while it waits, and sees that it is merged", async () => {
      const inputs = { files: { "a.yaml": "a: 1\n" }, edits };
      const outputs = await hand.up(inputs);
      assert.equal(outputs.merged, false);
      assert.equal(outputs.pullRequest, "https://example.com/1");
      assert.equal(outputs.revision, `main@sha1:${host.remote.log("%H")[0]!}`);
      assert.deepEqual(host.requests, [{ head: "handoff", base: "main", title: "Hand off", open: true }]);
      assert.deepEqual(host.remote.log(), ["Start"]);
      assert.equal(shown("a.yaml"), "a: 1\n");
      assert(context.messages.includes("waits to be merged: https://example.com/1"));

      await hand.refresh();
      const again = await hand.up(inputs);
      assert.deepEqual([again.merged, count(), host.requests.length], [false, 2, 1]);

      host.merge();
      const merged = await hand.up(inputs);
      assert.deepEqual([merged.merged, merged.pullRequest], [true, "https://example.com/1"]);
      assert.equal(merged.revision, `main@sha1:${host.remote.log("%H")[0]!}`);
      assert.deepEqual([count(), host.requests.length], [2, 1]);
      await hand.refresh();
      assert.deepEqual(hand.state?.inputs.files, inputs.files);
    });

    it("adds to the open one, on what others pushed to main and to the branch", async () => {
      await hand.up({ files: { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" }, edits });
      host.remote.commit({
        "theirs.yaml": "t: 1\n",
        "kustomization.yaml": "resources:\n- ./theirs\n- ./more\n",
      });
      await hand.up({ files: { "a.yaml": "a: 2\n" }, edits });
      assert.equal(shown("a.yaml"), "a: 2\n");
      assert.equal(shown("theirs.yaml"), "t: 1\n");
      assert.equal(shown("kustomization.yaml"), "resources:\n- ./theirs\n- ./more\n- ./ours\n");
      const clone = host.remote.clone;
      host.remote.git(clone, "fetch", "--quiet", "origin", "handoff");
      host.remote.git(clone, "checkout", "--quiet", "FETCH_HEAD");
      host.remote.git(clone, "commit", "--quiet", "--allow-empty", "--message", "Looked at");
      host.remote.git(clone, "push", "--quiet", "origin", "HEAD:handoff");
      host.remote.git(clone, "checkout", "--quiet", "main");
      await hand.up({ files: { "a.yaml": "a: 3\n" }, edits });
      const log = host.remote.git(host.remote.folder, "-C", "remote.git", "log", "--format=%s", "handoff");
      assert.match(log, /^Hand off\nLooked at\nHand off\n/);
      assert.equal(host.requests.length, 1);
      host.merge();
      assert.equal((await hand.up({ files: { "a.yaml": "a: 3\n" }, edits })).merged, true);
      assert.equal(host.remote.read("a.yaml"), "a: 3\n");
      assert(!host.remote.files().includes("b.yaml"));
    });

    it("begins anew at main when the last one was squashed, and takes everything away by one", async () => {
      await hand.up({ files: { "a.yaml": "a: 1\n" }, edits });
      host.merge("--squash");
      const next = await hand.up({ files: { "a.yaml": "a: 2\n" }, edits });
      assert.deepEqual([next.merged, next.pullRequest], [false, "https://example.com/2"]);
      const changed = host.remote.git(
        host.remote.folder,
        "-C",
        "remote.git",
        "diff",
        "--name-only",
        "main...handoff",
      );
      assert.equal(changed, "a.yaml\n");
      host.merge("--squash");
      assert.equal((await hand.up({ files: { "a.yaml": "a: 2\n" }, edits })).merged, true);
      await hand.destroy();
      assert.match(
        context.messages.at(-1) ?? "",
        /^the files stay in the repository until https:\/\/example.com\/3/,
      );
      host.merge();
      assert.deepEqual(host.remote.files(), ["README.md", "kustomization.yaml"]);
      assert.equal(host.remote.read("kustomization.yaml"), "resources:\n- ./theirs\n");
    });

    it("opens the request of a push that was killed before, without another commit", async () => {
      const inputs = { files: { "a.yaml": "a: 1\n" } };
      await hand.up(inputs);
      host.requests.length = 0;
      const url = String(hand.state?.inputs.url);
      const again = await new Hand(url, context, extra(url)).up(inputs);
      assert.deepEqual([again.merged, count(), host.requests.length], [false, 2, 1]);
    });

    it("tells what the host refused", async () => {
      const inputs = { files: { "a.yaml": "a: 1\n" } };
      const mode = { pullRequest: { branch: "handoff", host: kind, token: "wrong" } };
      await assert.rejects(
        hand.up({ ...inputs, mode }),
        /^UserError: looking for a pull request from handoff to main at http.* failed: HTTP 401, Bad token\n→ Check `mode\.pullRequest\.token`/,
      );
      host.faults = [503, 403];
      await assert.rejects(hand.up(inputs), /HTTP 403, No\n→ Give the token the right to open pull requests/);
      assert.deepEqual(host.remote.refs(), ["refs/heads/main"]);
    });

    it("stops when somebody changed a file of ours on main", async () => {
      await hand.up({ files: { "a.yaml": "a: 1\n" } });
      host.merge();
      await hand.up({ files: { "a.yaml": "a: 1\n" } });
      host.remote.commit({ "a.yaml": "a: by hand\n" });
      await assert.rejects(
        hand.up({ files: { "a.yaml": "a: 2\n" } }),
        /a\.yaml: somebody else changed this file/,
      );
    });

    it("takes what was merged unseen as ours, at preview too and whatever the mode", async () => {
      await hand.up({ files: { "a.yaml": "a: 1\n" }, edits });
      host.merge();
      const next = { files: { "a.yaml": "a: 2\n" }, edits };
      await hand.preview(next);
      assert.equal((await hand.up(next)).merged, false);
      host.merge("--squash");
      await hand.up({ files: { "a.yaml": "a: 3\n" }, edits, mode: { push: true } });
      assert.equal(host.remote.read("a.yaml"), "a: 3\n");
      await hand.destroy();
      assert.deepEqual(host.remote.files(), ["README.md", "kustomization.yaml"]);
    });

    it("pushes directly once the mode is taken away", async () => {
      await hand.up({ files: { "a.yaml": "a: 1\n" } });
      const outputs = await hand.up({ files: { "a.yaml": "a: 1\n" }, mode: { push: true } });
      assert.equal(outputs.merged, true);
      assert.equal(host.remote.read("a.yaml"), "a: 1\n");
    });
  });
}
