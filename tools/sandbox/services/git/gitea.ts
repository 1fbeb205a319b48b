/**
 * What of Gitea's API (https://docs.gitea.com/api) protected branches, pull requests and deploy keys take, on bare
 * repositories:
 *
 *   POST   /api/v1/repos/<org>/<name>/branch_protections  {"rule_name": "main"}
 *   DELETE /api/v1/repos/<org>/<name>/branch_protections/main
 *   GET    /api/v1/repos/<org>/<name>/pulls               ?state=open|closed|all
 *   POST   /api/v1/repos/<org>/<name>/pulls               {"title", "body", "head", "base"}
 *   GET    /api/v1/repos/<org>/<name>/pulls/<number>
 *   PATCH  /api/v1/repos/<org>/<name>/pulls/<number>      {"state": "open"|"closed"}
 *   POST   /api/v1/repos/<org>/<name>/pulls/<number>/merge  {"Do": "merge"|"squash"}
 *   GET    /api/v1/repos/<org>/<name>/keys
 *   POST   /api/v1/repos/<org>/<name>/keys                {"title", "key", "read_only"}
 *   GET    /api/v1/repos/<org>/<name>/keys/<id>
 *   DELETE /api/v1/repos/<org>/<name>/keys/<id>
 *
 * and for people, /<org>/<name>/pulls/<number>: the request and its diff, as text. The password of git is the token.
 */
import { existsSync } from "node:fs";
import type http from "node:http";
import { join } from "node:path";
import type { Reply } from "../http";
import { DeployKeys } from "./deploy-keys";
import { giteaKeys } from "./gitea-keys";
import { diffOf, hasBranch, merge, type Merge } from "./merge";
import { protectedBranches, protect, unprotect } from "./protection";
import { type PullRequest, PullRequests } from "./pull-requests";

interface GiteaCall {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
  readonly text: string;
  /** The host's own address. */
  readonly origin: string;
}

interface GiteaSettings {
  /** Folder of the bare repositories. */
  readonly repositories: string;
  readonly username: string;
  readonly password: string;
  /** Of an account that may only read. */
  readonly readerPassword?: string;
  /** Folder of the deploy keys. */
  readonly keys: string;
}

/** True for what this answers, and not git. */
export function isGitea(path: string): boolean {
  return path.startsWith("/api/v1/") || PAGE.test(path);
}

const PAGE = /^\/([\w-][\w.-]*\/[\w-][\w.-]*)\/pulls\/(\d+)$/;
const API =
  /^\/api\/v1\/repos\/([\w-][\w.-]*\/[\w-][\w.-]*)\/(branch_protections|pulls|keys)(?:\/([^/]+))?(\/merge)?$/;

export async function serveGitea(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  settings: GiteaSettings,
): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "GET", headers } = request;
    const origin = `http://${headers.host ?? "127.0.0.1"}`;
    const url = new URL(request.url ?? "/", origin);
    const text = Buffer.concat(chunks).toString("utf8");
    const call = { method, url, authorization: headers.authorization ?? "", text, origin };
    const { status, body } = await answer(call, settings);
    const plain = typeof body === "string";
    const type = plain ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
    response.writeHead(status, { "content-type": type });
    response.end(body === undefined || plain ? body : JSON.stringify(body));
  } catch (error) {
    console.error(error);
    response.destroy();
  }
}

async function answer(call: GiteaCall, settings: GiteaSettings): Promise<Reply> {
  const { pathname } = call.url;
  const page = PAGE.exec(pathname);
  const [, repository = "", collection = "", id, action] = API.exec(pathname) ?? [];
  const name = page?.[1] ?? repository;
  const bare = join(settings.repositories, `${name}.git`);
  if (name === "" || !existsSync(bare)) return failure(404, "The target couldn't be found.");
  if (page !== null) return await pageOf(bare, Number(page[2]));
  const reads = isPassword(call.authorization, "reader", settings.readerPassword);
  if (!reads && !isPassword(call.authorization, settings.username, settings.password)) {
    return failure(401, "token is required");
  }
  if (reads && (call.method !== "GET" || collection === "keys")) {
    return failure(403, "user should be an owner or a collaborator with admin write of a repository");
  }
  const resource = { bare, repository: name, ...call };
  if (collection === "keys") return giteaKeys(resource, id, new DeployKeys(settings.keys));
  return collection === "pulls" ? await pulls(resource, id, action !== undefined) : protections(resource, id);
}

interface Resource extends GiteaCall {
  readonly bare: string;
  readonly repository: string;
}

function isPassword(authorization: string, username: string, password: string | undefined): boolean {
  if (password === undefined) return false;
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  return [`token ${password}`, `Bearer ${password}`, `Basic ${basic}`].includes(authorization);
}

function protections({ bare, method, text }: Resource, name: string | undefined): Reply {
  const shown = (rule: string): object => ({ rule_name: rule, branch_name: rule, enable_push: false });
  if (method === "GET" && name === undefined) {
    return { status: 200, body: protectedBranches(bare).map(shown) };
  }
  if (method === "POST" && name === undefined) {
    const { rule_name = "" } = bodyOf(text);
    if (!hasBranch(bare, rule_name)) return failure(404, `branch does not exist [name: ${rule_name}]`);
    if (protectedBranches(bare).includes(rule_name)) return failure(403, "Branch protection already exist");
    protect(bare, rule_name);
    return { status: 201, body: shown(rule_name) };
  }
  if (method === "DELETE" && name !== undefined) {
    const rule = decodeURIComponent(name);
    if (!protectedBranches(bare).includes(rule)) return failure(404, "The target couldn't be found.");
    unprotect(bare, rule);
    return { status: 204 };
  }
  return failure(405, "Method Not Allowed");
}

async function pulls(resource: Resource, id: string | undefined, merging: boolean): Promise<Reply> {
  const { bare, method, text, url } = resource;
  const all = new PullRequests(bare);
  if (id === undefined) {
    if (method === "POST") return open(resource, all);
    const state = url.searchParams.get("state") ?? "open";
    const found = all.list().filter((request) => state === "all" || request.state === state);
    return { status: 200, body: pageIn(found, url.searchParams).map((request) => shown(request, resource)) };
  }
  const request = all.find(Number(id));
  if (request === undefined) return failure(404, "The target couldn't be found.");
  if (merging && method === "POST") {
    const { Do: how = "merge" } = bodyOf(text);
    if (request.merged) return failure(405, "The PR is already merged");
    if (request.state !== "open" || !hasBranch(bare, request.head))
      return failure(405, "Please try again later");
    if (how !== "merge" && how !== "squash") return failure(422, `[Do]: merge or squash, not ${how}`);
    const options: Merge = { ...request, how };
    if (!(await merge(bare, options))) return failure(409, "there are merge conflicts");
    all.save({ ...request, state: "closed", merged: true });
    return { status: 200 };
  }
  if (method === "PATCH") {
    const { state = request.state } = bodyOf(text);
    if (request.merged || !(state === "open" || state === "closed"))
      return failure(422, "cannot change the state");
    all.save({ ...request, state });
    return { status: 201, body: shown({ ...request, state }, resource) };
  }
  return method === "GET"
    ? { status: 200, body: shown(request, resource) }
    : failure(405, "Method Not Allowed");
}

function open(resource: Resource, all: PullRequests): Reply {
  const { title = "", body = "", head = "", base = "" } = bodyOf(resource.text);
  if (title === "") return failure(422, "[Title]: Required");
  if (head === base)
    return failure(422, "Invalid PullRequest: There are no changes between the head and the base");
  for (const branch of [head, base]) {
    if (!hasBranch(resource.bare, branch)) return failure(404, `ref "${branch}" does not exist`);
  }
  const same = all
    .list()
    .find((other) => other.state === "open" && other.head === head && other.base === base);
  if (same !== undefined) {
    return failure(409, `pull request already exists for these targets [id: ${String(same.number)}]`);
  }
  return { status: 201, body: shown(all.add({ title, body, head, base }), resource) };
}

function shown({ head, base, ...request }: PullRequest, { origin, repository }: Resource): object {
  return {
    ...request,
    html_url: `${origin}/${repository}/pulls/${String(request.number)}`,
    head: { ref: head },
    base: { ref: base },
  };
}

function pageIn(all: readonly PullRequest[], query: URLSearchParams): readonly PullRequest[] {
  const limit = Number(query.get("limit") ?? 30);
  const start = (Number(query.get("page") ?? 1) - 1) * limit;
  return all.slice(start, start + limit);
}

/** What a reviewer looks at. */
async function pageOf(bare: string, number: number): Promise<Reply> {
  const request = new PullRequests(bare).find(number);
  if (request === undefined) return failure(404, "The target couldn't be found.");
  const { title, body, head, base, state, merged } = request;
  const diff = state === "open" ? await diffOf(bare, base, head) : "";
  const facts = `#${String(number)}, ${merged ? "merged" : state}: ${head} into ${base}`;
  return { status: 200, body: [title, facts, body, diff].filter((part) => part !== "").join("\n\n") };
}

function failure(status: number, message: string): Reply {
  return { status, body: { message, url: "https://docs.gitea.com/api" } };
}

function bodyOf(text: string): Readonly<Record<string, string | undefined>> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return {};
  }
}
