import { strict as assert } from "node:assert";
import { comment, COMMENT_LIMIT, MARKER, markerOf } from "../../tools/preview-comment/comment";
import { gitea } from "../../tools/preview-comment/hosts/gitea";
import { github as githubHost } from "../../tools/preview-comment/hosts/github";
import { markStale, post } from "../../tools/preview-comment/post";
import { parsePreview } from "../../tools/preview-comment/preview";
import { GitHub } from "./github-host";
import { slow } from "../slow";

describe("posting the preview to a host that", () => {
  let github: GitHub;
  const host = () =>
    githubHost({ repository: "your-org/infra", number: 7, token: "t0ken", apiUrl: github.url });
  const send = (body: string) => post(host(), undefined, () => `${MARKER}\n${body}`);
  const bodies = () => github.comments.map(({ body }) => body);
  beforeEach(async () => {
    github = new GitHub();
    await github.listen();
  });
  afterEach(() => github.close());

  it("fails for a moment asks again", async () => {
    let faults = 2;
    github.instead = (method) =>
      method === "GET" && faults-- > 0 ? { status: 502, value: "bad" } : undefined;
    await send("first");
    assert.deepEqual(bodies(), [`${MARKER}\nfirst`]);
  });

  it("takes no more for now waits as long as it says", async () => {
    let refused = false;
    github.instead = (method) => {
      if (method !== "POST" || refused) return undefined;
      refused = true;
      const value = { message: "You have exceeded a secondary rate limit." };
      return { status: 403, headers: { "retry-after": "1" }, value };
    };
    await send("first");
    assert.ok(refused);
    assert.deepEqual(bodies(), [`${MARKER}\nfirst`]);
  });

  it("loses its answer doesn't get a second comment", async () => {
    let lost = false;
    github.instead = (method, _, answer) => {
      if (method !== "POST" || lost) return undefined;
      lost = true;
      answer();
      return { status: 504, value: "gateway timeout" };
    };
    await send("first");
    assert.ok(lost);
    assert.deepEqual(bodies(), [`${MARKER}\nfirst`]);
  });

  it("has the comment no longer, since somebody deleted it meanwhile, gets another one", async () => {
    await send("first");
    github.instead = (method) => {
      if (method === "PATCH") github.comments.length = 0;
      return undefined;
    };
    await send("second");
    assert.deepEqual(bodies(), [`${MARKER}\nsecond`]);
  });

  it("allows a fork's token to read only says what it takes", async () => {
    github.instead = (method) =>
      method === "POST"
        ? { status: 403, value: { message: "Resource not accessible by integration" } }
        : undefined;
    await assert.rejects(
      send("first"),
      /403 Resource not accessible by integration[^]*→ The token may not do that: it needs `pull-requests: write`\. One of a fork's pull request never may\./,
    );
  });

  it("knows the token's user finds that user's comment, and no bot's", async () => {
    github.add(`${MARKER}\nof a bot`, "Bot");
    github.instead = (_, path) =>
      path === "/user" ? { status: 200, value: { login: "somebody" } } : undefined;
    github.as = "somebody";
    await send("first");
    await send("second");
    assert.deepEqual(bodies(), [`${MARKER}\nof a bot`, `${MARKER}\nsecond`]);
  });

  it("has line ends of a browser in it marks it as stale all the same", async () => {
    github.add(`${markerOf("c0")}\r\n\r\n## T\r\n\r\nfor c0`, "Bot");
    await markStale(host());
    assert.equal(
      bodies()[0],
      `${markerOf("c0")}\n\n## T\n\n> ⚠️ **Stale**: this is the preview of \`c0\`; the pull request is at \`c1\` since.\n\nfor c0`,
    );
  });

  it("takes no longer comment keeps the end of one that was full and is stale", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`${String(index)}.txt`, "x\n".repeat(900)]),
    );
    const urn = "urn:pulumi:prod::handoff::handoff:git:GitCommit::commit";
    const steps = [{ op: "create", urn, newState: { custom: true, inputs: { files } } }];
    const preview = parsePreview("prod", { stdout: JSON.stringify({ steps }), stderr: "", status: 0 });
    const commit = "0".repeat(40);
    const whole = comment([preview], { commit });
    assert.ok(whole.length <= COMMENT_LIMIT && whole.length > COMMENT_LIMIT - 5000, String(whole.length));
    github.add(whole, "Bot");
    github.head = "1".repeat(40);
    await markStale(host());
    assert.ok((bodies()[0]?.length ?? 0) <= COMMENT_LIMIT);
    assert.match(bodies()[0] ?? "", /\*\*Stale\*\*[^]*Preview of 0{40}\.$/);
  });

  slow("isn't one says so", async () => {
    github.instead = () => ({ status: 200, value: "<html><title>Sign in</title>" });
    const page = gitea({ repository: "a/b", number: 7, token: "t", apiUrl: github.url });
    await assert.rejects(post(page, undefined, String), /no answer of such a host[^]*→ Check API_URL/);
    const nobody = gitea({ repository: "a/b", number: 7, token: "t", apiUrl: "http://127.0.0.1:9999" });
    await assert.rejects(
      post(nobody, undefined, String),
      /127\.0\.0\.1:9999 can't be reached: .*ECONNREFUSED/,
    );
  });
});
