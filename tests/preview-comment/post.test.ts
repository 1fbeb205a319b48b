import { strict as assert } from "node:assert";
import { MARKER } from "../../tools/preview-comment/comment";
import { gitea } from "../../tools/preview-comment/hosts/gitea";
import { github as githubHost } from "../../tools/preview-comment/hosts/github";
import { gitlab } from "../../tools/preview-comment/hosts/gitlab";
import type { Host, PullRequest } from "../../tools/preview-comment/hosts/host";
import { markStale, post } from "../../tools/preview-comment/post";
import { GitHub } from "./github-host";
import { OtherHost } from "./other-host";

describe("posting the preview", () => {
  let github: GitHub;
  const at = (): PullRequest => ({
    repository: "your-org/infra",
    number: 7,
    token: "t0ken",
    apiUrl: github.url,
  });
  const send = async (body: string): Promise<string | undefined> =>
    (await post(githubHost(at()), undefined, () => `${MARKER}\n${body}`)).url;

  beforeEach(async () => {
    github = new GitHub();
    await github.listen();
  });
  afterEach(() => github.close());

  it("writes a comment, then edits it in place", async () => {
    github.add("Looks good to me", "User");
    assert.equal(await send("first"), `${github.url}/comment/2`);
    assert.equal(await send("second"), `${github.url}/comment/2`);
    assert.deepEqual(
      github.comments.map(({ body }) => body),
      ["Looks good to me", `${MARKER}\nsecond`],
    );
    assert.deepEqual([...github.tokens], ["token t0ken"]);
  });

  it("finds it behind more comments than a page holds", async () => {
    for (let i = 0; i < 250; i++) github.add(`comment ${i}`, "User");
    await send("first");
    await send("second");
    assert.equal(github.comments.length, 251);
    assert.equal(github.comments[250]?.body, `${MARKER}\nsecond`);
    const pages = github.requests.filter(
      (request) => request.startsWith("GET") && request.includes("comments"),
    );
    assert.equal(pages.length, 6, "three pages each time");
  });

  it("stops looking at the page that has it", async () => {
    await send("first");
    for (let i = 0; i < 250; i++) github.add(`comment ${i}`, "User");
    github.requests.length = 0;
    await send("second");
    assert.equal(
      github.requests.filter((request) => request.startsWith("GET") && request.includes("comments")).length,
      1,
    );
  });

  it("leaves a person's comment alone that has the marker, or quotes it", async () => {
    github.add(`${MARKER}\nnot the real one`, "User");
    github.add(`> ${MARKER}\n> quoted`, "Bot");
    await send("real");
    assert.deepEqual(
      github.comments.map(({ body }) => body),
      [`${MARKER}\nnot the real one`, `> ${MARKER}\n> quoted`, `${MARKER}\nreal`],
    );
  });

  it("says what GitHub says when it refuses", async () => {
    const other = githubHost({ ...at(), repository: "your-org/other" });
    await assert.rejects(
      post(other, undefined, () => "x"),
      /Not Found/,
    );
  });

  const written = (commit: string) => (head: string) => `${MARKER} of ${commit} -->\n\n## T\n\nfor ${head}`;

  it("tells a preview the pull request's newest commit, and keeps the newest preview", async () => {
    github.head = "c2";
    await post(githubHost(at()), "c1", written("c1"));
    assert.match(github.comments[0]?.body ?? "", /for c2$/);
    await post(githubHost(at()), "c2", written("c2"));
    assert.deepEqual(await post(githubHost(at()), "c1", written("c1")), { head: "c2" });
    assert.deepEqual(
      github.comments.map(({ body }) => body),
      [written("c2")("c2")],
    );
  });

  it("tells that nothing changes any more where something else was told, and begins no comment for it", async () => {
    const none = (commit: string) => post(githubHost(at()), commit, written(commit), "nothing");
    assert.deepEqual(await none("c1"), { head: "c1" });
    assert.equal(github.comments.length, 0);
    await post(githubHost(at()), "c1", written("c1"));
    github.head = "c2";
    assert.deepEqual(await none("c2"), { head: "c2", url: `${github.url}/comment/1` });
    assert.equal(github.comments[0]?.body, written("c2")("c2"));
  });

  it("marks the comment of an earlier commit, once, and none of the newest", async () => {
    await post(githubHost(at()), "c1", written("c1"));
    assert.deepEqual(await markStale(githubHost(at())), { head: "c1" });
    for (const head of ["c2", "c3"]) {
      github.head = head;
      await markStale(githubHost(at()));
    }
    assert.equal(
      github.comments[0]?.body,
      `${MARKER} of c1 -->\n\n## T\n\n> ⚠️ **Stale**: this is the preview of \`c1\`; the pull request is at \`c3\` since.\n\nfor c1`,
    );
  });
});

const OTHERS: Readonly<Record<"gitlab" | "gitea", (pullRequest: PullRequest) => Host>> = { gitlab, gitea };

for (const [name, make] of Object.entries(OTHERS)) {
  describe(`posting the preview to ${name}`, () => {
    let server: OtherHost;
    beforeEach(async () => {
      server = await OtherHost.start(name as keyof typeof OTHERS);
    });
    afterEach(() => server.close());
    const send = (commit: string) => {
      const host = make({ repository: "group/infra", number: 7, token: "t0ken", apiUrl: server.url });
      return post(host, commit, (head) => `${MARKER} of ${commit} -->\nfor ${head}`);
    };

    it("writes a comment, finds it on any page, and edits it in place", async () => {
      server.add("Looks good to me", "somebody");
      server.add(`${MARKER} of c1 -->\nnot the real one`, "somebody");
      const { url } = await send("c1");
      for (let i = 0; i < 250; i++) server.add(`comment ${i}`, "somebody");
      server.head = "c2";
      assert.equal((await send("c2")).url, url);
      assert.equal(server.comments.length, 253);
      assert.equal(server.comments[2]?.body, `${MARKER} of c2 -->\nfor c2`);
      assert.equal(server.comments[1]?.body.endsWith("not the real one"), true);
    });

    it("says what the host says when it refuses", async () => {
      const host = make({ repository: "group/infra", number: 7, token: "another", apiUrl: server.url });
      await assert.rejects(post(host, "c1", String), /401 .*who are you/);
    });
  });
}
