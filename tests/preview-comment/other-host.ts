import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Comment {
  readonly id: number;
  body: string;
  readonly by: string;
}

/** The part of GitLab's or Gitea's API that posting uses, for merge request 7 of group/infra. */
export class OtherHost {
  readonly comments: Comment[] = [];
  head = "c1";

  private constructor(
    private readonly kind: "gitlab" | "gitea",
    private readonly server: Server,
  ) {}

  static async start(kind: "gitlab" | "gitea"): Promise<OtherHost> {
    const server = createServer();
    const host = new OtherHost(kind, server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { authorization, "private-token": token } = request.headers;
        const known = authorization === "token t0ken" || token === "t0ken";
        const sent = Buffer.concat(chunks).toString("utf8");
        const body = sent === "" ? undefined : (JSON.parse(sent) as { body: string }).body;
        const url = new URL(request.url ?? "", host.url);
        const value = known ? host.answer(request.method ?? "", url, body) : undefined;
        const status = !known ? 401 : value === undefined ? 404 : 200;
        response
          .writeHead(status)
          .end(JSON.stringify(value ?? { message: known ? "not found" : "who are you?" }));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return host;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  add(body: string, by: string): Comment {
    const comment = { id: this.comments.length + 1, body, by };
    this.comments.push(comment);
    return comment;
  }

  async close(): Promise<void> {
    await new Promise((done) => this.server.close(done));
  }

  private answer(method: string, { pathname, searchParams }: URL, body?: string): unknown {
    const gitlab = this.kind === "gitlab";
    const [request, list, one] = gitlab
      ? ["/projects/group%2Finfra/merge_requests/7", "/projects/group%2Finfra/merge_requests/7/notes"]
      : [
          "/repos/group/infra/pulls/7",
          "/repos/group/infra/issues/7/comments",
          "/repos/group/infra/issues/comments",
        ];
    if (pathname === "/user") return { id: 1, login: "handoff" };
    if (pathname === request) return { sha: this.head, web_url: `${this.url}/7`, head: { sha: this.head } };
    if (pathname === list && method === "POST") return this.shown(this.add(body ?? "", "handoff"));
    if (pathname === list) {
      const page = Number(searchParams.get("page") ?? 1);
      const found = gitlab ? this.comments.slice((page - 1) * 100, page * 100) : this.comments;
      return found.map((comment) => this.shown(comment));
    }
    const edited = this.comments.find(({ id }) => pathname === `${one ?? list}/${String(id)}`);
    if (edited === undefined || method !== (gitlab ? "PUT" : "PATCH")) return undefined;
    edited.body = body ?? "";
    return this.shown(edited);
  }

  private shown({ id, body, by }: Comment): object {
    const author = { id: by === "handoff" ? 1 : 2, login: by };
    return { id, body, author, user: author, html_url: `${this.url}/7#${String(id)}` };
  }
}
