import { strict as assert } from "node:assert";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MARKER } from "../../tools/preview-comment/comment";
import { post } from "../../tools/preview-comment/post";

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly type: string };
}

/** The part of GitHub's API that posting uses: pages of comments, linked by the Link header. */
class GitHub {
  readonly comments: Comment[] = [];
  readonly requests: string[] = [];
  readonly tokens = new Set<string | undefined>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? "", this.url);
      this.requests.push(`${request.method ?? ""} ${url.pathname}${url.search}`);
      this.tokens.add(request.headers.authorization);
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const sent = Buffer.concat(chunks).toString("utf8");
        const body = sent === "" ? "" : (JSON.parse(sent) as { body: string }).body;
        const { status, headers, value } = this.answer(request.method ?? "", url, body);
        response
          .writeHead(status, { "content-type": "application/json", ...headers })
          .end(JSON.stringify(value));
      });
    });
  }

  private answer(method: string, url: URL, body: string) {
    const list = "/repos/your-org/infra/issues/7/comments";
    if (method === "GET" && url.pathname === list) {
      const [page, size] = ["page", "per_page"].map((name) => Number(url.searchParams.get(name) ?? 1)) as [
        number,
        number,
      ];
      const value = this.comments.slice((page - 1) * size, page * size);
      const next = `<${this.url}${list}?per_page=${size}&page=${page + 1}>; rel="next"`;
      return { status: 200, headers: page * size < this.comments.length ? { link: next } : {}, value };
    }
    if (method === "POST" && url.pathname === list) {
      this.add(body, "Bot");
      return { status: 201, headers: {}, value: this.shown(this.comments.at(-1)) };
    }
    const edited = this.comments.find(
      ({ id }) => url.pathname === `/repos/your-org/infra/issues/comments/${id}`,
    );
    if (method !== "PATCH" || edited === undefined)
      return { status: 404, headers: {}, value: { message: "Not Found" } };
    edited.body = body;
    return { status: 200, headers: {}, value: this.shown(edited) };
  }

  private shown(comment: Comment | undefined) {
    return { ...comment, html_url: `${this.url}/comment/${comment?.id ?? ""}` };
  }

  add(body: string, type: "Bot" | "User"): void {
    this.comments.push({ id: this.comments.length + 1, body, user: { type } });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
  }

  async close(): Promise<void> {
    await new Promise((done) => this.server.close(done));
  }
}

describe("posting the preview", () => {
  let github: GitHub;
  const send = (body: string) =>
    post(
      { repository: "your-org/infra", number: 7, token: "t0ken", apiUrl: github.url },
      `${MARKER}\n${body}`,
    );

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
    const pages = github.requests.filter((request) => request.startsWith("GET"));
    assert.equal(pages.length, 6, "three pages each time");
  });

  it("stops looking at the page that has it", async () => {
    await send("first");
    for (let i = 0; i < 250; i++) github.add(`comment ${i}`, "User");
    github.requests.length = 0;
    await send("second");
    assert.equal(github.requests.filter((request) => request.startsWith("GET")).length, 1);
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
    const other = { repository: "your-org/other", number: 7, token: "t0ken", apiUrl: github.url };
    await assert.rejects(post(other, "x"), /Not Found/);
  });
});
