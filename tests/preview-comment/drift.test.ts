import { strict as assert } from "node:assert";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DRIFT_MARKER } from "../../tools/preview-comment/comment";
import { trackDrift } from "../../tools/preview-comment/drift";
import type { Access } from "../../tools/preview-comment/hosts/host";
import {
  giteaIssues,
  githubIssues,
  gitlabIssues,
  type Issues,
} from "../../tools/preview-comment/hosts/issues";
import { parsePreview, type StackPreview } from "../../tools/preview-comment/preview";

interface Issue {
  readonly number: number;
  title: string;
  body: string;
  open: boolean;
  readonly by: string;
}

/** The part of a host's API that keeping an issue uses, two issues a page. */
class IssueHost {
  readonly issues: Issue[] = [];
  private readonly server: Server;

  constructor(private readonly kind: string) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const sent = Buffer.concat(chunks).toString("utf8");
        const change = (sent === "" ? {} : JSON.parse(sent)) as Readonly<Record<string, string>>;
        const value = this.answer(request.method ?? "", new URL(request.url ?? "", this.url), change);
        response.writeHead(200, { "content-type": "application/json", ...value.headers });
        response.end(JSON.stringify(value.body));
      });
    });
  }

  private answer(method: string, { pathname, searchParams }: URL, change: Readonly<Record<string, string>>) {
    if (pathname === "/user") return { body: { id: 1, login: "handoff" } };
    const number = Number(/\/issues\/(\d+)$/.exec(pathname)?.[1]);
    if (method === "POST")
      return { body: this.shown(this.add(change.body ?? change.description ?? "", "handoff", change.title)) };
    const issue = this.issues.find((one) => one.number === number);
    if (issue !== undefined) {
      issue.title = change.title ?? issue.title;
      issue.body = change.body ?? change.description ?? issue.body;
      if (change.state === "closed" || change.state_event === "close") issue.open = false;
      return { body: this.shown(issue) };
    }
    const page = Number(searchParams.get("page") ?? 1);
    const open = this.issues.filter((one) => one.open);
    const link = `<${this.url}${pathname}?page=${String(page + 1)}>; rel="next"`;
    return {
      body: open.slice((page - 1) * 2, page * 2).map((one) => this.shown(one)),
      headers: open.length > page * 2 ? { link } : {},
    };
  }

  private shown({ number, body, title, by }: Issue): object {
    const user = { login: by, type: by === "handoff" ? "Bot" : "User" };
    const pull = this.kind === "github" && title.startsWith("PR ") ? { pull_request: {} } : {};
    const url = `issue ${String(number)}`;
    return this.kind === "gitlab"
      ? { iid: number, description: body, author: { id: by === "handoff" ? 1 : 2 }, web_url: url }
      : { number, body, user, html_url: url, ...pull };
  }

  add(body: string, by: string, title = "An issue"): Issue {
    const issue = { number: this.issues.length + 1, title, body, open: true, by };
    this.issues.push(issue);
    return issue;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
  }

  async close(): Promise<void> {
    await new Promise((done) => this.server.close(done));
  }
}

const preview = (stack: string, op: string): StackPreview => {
  const urn = `urn:pulumi:${stack}::handoff::random:index/randomId:RandomId::x`;
  return parsePreview(stack, { stdout: JSON.stringify({ steps: [{ op, urn }] }), stderr: "", status: 0 });
};
const HOSTS: Readonly<Record<string, (access: Access) => Issues>> = {
  ...{ github: githubIssues, gitlab: gitlabIssues, gitea: giteaIssues },
};

for (const [kind, make] of Object.entries(HOSTS)) {
  describe(`the issue of what differs, at ${kind}`, () => {
    let host: IssueHost;
    let issues: Issues;
    beforeEach(async () => {
      host = new IssueHost(kind);
      await host.listen();
      issues = make({ repository: "group/infra", token: "t0ken", apiUrl: host.url });
      host.add(`> ${DRIFT_MARKER} quoted`, "handoff");
      host.add(`${DRIFT_MARKER} -->\nof a person`, "somebody");
      host.add("Please help", "somebody");
      if (kind === "github") host.add(`${DRIFT_MARKER} -->\n`, "handoff", "PR with the marker");
    });
    afterEach(() => host.close());
    const theirs = () => host.issues.filter(({ by, title }) => by !== "handoff" || title === "An issue");

    it("is opened, updated in place, and closed; others' stay as they are", async () => {
      const before = structuredClone(theirs());
      assert.equal(await trackDrift(issues, [preview("prod", "same")]), "no drift");
      const number = String(host.issues.length + 1);
      assert.equal(
        await trackDrift(issues, [preview("prod", "update"), preview("apps", "same")]),
        `opened issue ${number}`,
      );
      const issue = host.issues.at(-1);
      assert.equal(issue?.title, "Drift in prod");
      assert.ok(issue.body.startsWith(`${DRIFT_MARKER} -->\n\nNothing new was merged`), issue.body);
      assert.match(issue.body, /- \*\*prod\*\*: resources: 1 to update\n- no change: `apps`/);
      const both = [preview("prod", "update"), preview("apps", "create")];
      assert.equal(await trackDrift(issues, both), `updated issue ${number}`);
      assert.equal(issue.title, "Drift in prod, apps");
      const none = [preview("prod", "same"), preview("apps", "same")];
      assert.equal(await trackDrift(issues, none), `no drift: closed issue ${number}`);
      assert.equal(issue.open, false);
      assert.deepEqual(theirs(), before);
    });

    it("is one, also after two runs at a time", async () => {
      const [first, second] = [
        host.add(`${DRIFT_MARKER} -->`, "handoff", "a"),
        host.add(`${DRIFT_MARKER} -->`, "handoff", "b"),
      ];
      await trackDrift(issues, [preview("prod", "delete")]);
      assert.deepEqual([first.title, first.open, second.open], ["Drift in prod", true, false]);
    });

    it("has a title that hosts take, however many stacks there are", async () => {
      const names = Array.from({ length: 60 }, (_, index) => `cluster-${String(index)}`);
      await trackDrift(
        issues,
        names.map((name) => parsePreview(name, undefined)),
      );
      const { title = "" } = host.issues.at(-1) ?? {};
      assert.match(title, /^Drift in cluster-0, cluster-1, .*, cluster-\d+ and \d+ more$/);
      assert.ok(title.length <= 200);
    });

    it("counts a preview that fails or didn't run", async () => {
      await trackDrift(issues, [parsePreview("prod", undefined)]);
      assert.match(host.issues.at(-1)?.body ?? "", /\*\*the preview failed\*\*/);
    });
  });
}
