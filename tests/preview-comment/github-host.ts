import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly type: string; readonly login?: string };
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value: unknown;
}

/** The part of GitHub's API that posting uses: pages of comments, linked by the Link header. */
export class GitHub {
  readonly comments: Comment[] = [];
  head = "c1";
  /** Who the token is. @default a bot */
  as: string | undefined;
  readonly requests: string[] = [];
  /** Answers in place of the usual ones, until it gives none; the request may be carried out all the same. */
  instead: (method: string, path: string, answer: () => Answer) => Answer | undefined = () => undefined;
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
        const method = request.method ?? "";
        const usual = () => this.answer(method, url, body);
        const { status, headers, value } = this.instead(method, url.pathname, usual) ?? usual();
        response
          .writeHead(status, { "content-type": "application/json", ...headers })
          .end(JSON.stringify(value));
      });
    });
  }

  private answer(method: string, url: URL, body: string): Answer {
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
    if (url.pathname === "/repos/your-org/infra/pulls/7")
      return { status: 200, headers: {}, value: { head: { sha: this.head } } };
    if (method === "POST" && url.pathname === list) {
      this.add(body, this.as === undefined ? "Bot" : "User");
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
    this.comments.push({
      id: this.comments.length + 1,
      body,
      user: { type, ...(type === "User" && { login: this.as }) },
    });
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
