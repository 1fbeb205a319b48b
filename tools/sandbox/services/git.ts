/**
 * A git host on loopback: smart HTTP with a user and password, SSH with deploy keys. The `git` binary does the work on
 * the bare repositories; this only decides who may do what. Protected branches and pull requests go by Gitea's API, see
 * git/gitea.ts.
 *
 * Environment: PORT, SSH_PORT (0 takes a free one), REPOSITORIES, KEYS (host key, deploy keys, access.json),
 * GIT_USERNAME, GIT_PASSWORD, GIT_READER_PASSWORD (of one who may only read), PUBLIC (organizations that anyone may read, by commas).
 */
import { spawn } from "node:child_process";
import { createHash, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type AuthContext, type Connection, Server, type ServerChannel } from "ssh2";
import { type DeployKey, writeKnownHosts } from "../keys";
import { DeployKeys } from "./git/deploy-keys";
import { isGitea, serveGitea } from "./git/gitea";

interface Settings {
  readonly repositories: string;
  readonly keys: string;
  readonly username: string;
  readonly password: string;
  /** Password of an account that may only read; the username is `reader`. @default there is none */
  readonly readerPassword?: string;
  readonly publicOrganizations: readonly string[];
}

/** What a request names: `/org/name.git/rest`. Nothing else reaches git, so no path leads out of the folder. */
export function parseRepository(path: string): { repository: string; rest: string } | undefined {
  const match =
    /^\/?([\w-][\w.-]*\/[\w-][\w.-]*?)(?:\.git)?(\/(?:info\/refs|git-(?:upload|receive)-pack))?$/.exec(path);
  const [, repository, rest] = match ?? [];
  return repository === undefined ? undefined : { repository, rest: rest ?? "" };
}

/** The command of an SSH session, or undefined when it is not one of git's two. */
export function parseCommand(command: string): { service: string; repository: string } | undefined {
  const [, service, path] = /^(git-upload-pack|git-receive-pack) '([^']+)'$/.exec(command) ?? [];
  const repository = parseRepository(path ?? "")?.repository;
  return service === undefined || repository === undefined ? undefined : { service, repository };
}

const same = (a: string, b: string): boolean =>
  timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());

export function httpHandler(settings: Settings): http.RequestListener {
  return (request, response) => {
    const refuse = (status: number, message: string): void => {
      response.writeHead(status, status === 401 ? { "www-authenticate": 'Basic realm="git"' } : {});
      response.end(message + "\n");
    };
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (isGitea(url.pathname)) {
      void serveGitea(request, response, settings);
      return;
    }
    const wanted = parseRepository(url.pathname);
    if (wanted === undefined || wanted.rest === "") {
      refuse(404, "Not found");
      return;
    }
    const { repository, rest } = wanted;
    const writes = rest === "/git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
    const open = !writes && settings.publicOrganizations.includes(repository.split("/")[0] ?? "");
    const given = Buffer.from(
      (request.headers.authorization ?? "").replace(/^Basic /i, ""),
      "base64",
    ).toString();
    if (!open && !same(given, `${settings.username}:${settings.password}`)) {
      refuse(401, "Authentication required");
      return;
    }
    if (!existsSync(join(settings.repositories, `${repository}.git`))) {
      refuse(404, "Repository not found");
      return;
    }
    const backend = spawn("git", ["http-backend"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: settings.repositories,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_PROTOCOL: header(request, "git-protocol"),
        PATH_INFO: `/${repository}.git${rest}`,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        CONTENT_LENGTH: request.headers["content-length"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        REMOTE_USER: open ? "" : settings.username,
        REMOTE_ADDR: "127.0.0.1",
      },
    });
    backend.on("error", () => {
      refuse(500, "git could not be started");
    });
    backend.stdin.on("error", () => undefined); // git had enough before the body ended
    request.pipe(backend.stdin);
    answerAsCgi(backend.stdout, response);
  };
}

/** Passes a CGI answer on: header lines, an empty line, the body. */
function answerAsCgi(output: NodeJS.ReadableStream, response: http.ServerResponse): void {
  let head: Buffer | undefined = Buffer.alloc(0);
  output.on("data", (chunk: Buffer) => {
    if (head === undefined) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    for (const line of head.subarray(0, end).toString().split("\r\n")) {
      const [name = "", value = ""] = line.split(/: (.*)/);
      if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  output.on("end", () => {
    if (head !== undefined) response.statusCode = 500;
    response.end();
  });
}

function header(request: http.IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

export function sshServer(settings: Settings): Server {
  return new Server({ hostKeys: [readFileSync(join(settings.keys, "host"))] }, (client: Connection) => {
    let accesses: readonly DeployKey[] = [];
    client.on("error", () => undefined); // a client that goes away is no fault of ours
    client.on("authentication", (context: AuthContext) => {
      if (context.method !== "publickey" || context.username !== "git") {
        context.reject(["publickey"]);
        return;
      }
      // Read anew for every connection, so that keys can be added and taken away.
      const found = new DeployKeys(settings.keys).withBytes(context.key.data);
      // Without a signature the client only asks whether that key would do. An invalid one can give an Error.
      const { signature, blob = Buffer.alloc(0), hashAlgo } = context;
      const verified: unknown = signature === undefined || found?.key.verify(blob, signature, hashAlgo);
      if (found === undefined || verified !== true) {
        context.reject(["publickey"]);
        return;
      }
      accesses = found.accesses;
      context.accept();
    });
    client.on("session", (accept) => {
      const session = accept();
      let protocol = "";
      session.on(
        "env",
        (acceptEnv: (() => void) | undefined, _reject: unknown, info: { key: string; val: string }) => {
          if (info.key === "GIT_PROTOCOL") protocol = info.val;
          acceptEnv?.();
        },
      );
      session.on("exec", (acceptExec, _reject, info) => {
        run(settings, accesses, info.command, protocol, acceptExec());
      });
    });
  });
}

function run(
  settings: Settings,
  accesses: readonly DeployKey[],
  command: string,
  protocol: string,
  channel: ServerChannel,
): void {
  const end = (status: number, message = ""): void => {
    if (message !== "") channel.stderr.write(`ERROR: ${message}\n`);
    channel.exit(status);
    channel.end();
  };
  const wanted = parseCommand(command);
  const folder = join(settings.repositories, `${wanted?.repository ?? ""}.git`);
  const access = accesses.find(({ repository }) => repository === wanted?.repository);
  if (wanted === undefined) {
    end(1, "Only git is served here.");
  } else if (access === undefined || !existsSync(folder)) {
    end(1, "Repository not found.");
  } else if (wanted.service === "git-receive-pack" && !access.write) {
    end(1, "The key you are authenticating with has been marked as read only.");
  } else {
    const git = spawn(wanted.service, [folder], { env: { PATH: process.env.PATH, GIT_PROTOCOL: protocol } });
    git.on("error", () => {
      end(1, "git could not be started.");
    });
    git.stdin.on("error", () => undefined);
    channel.on("close", () => git.kill());
    channel.pipe(git.stdin);
    git.stdout.pipe(channel, { end: false });
    git.stderr.pipe(channel.stderr, { end: false });
    git.on("close", (code) => {
      end(code ?? 1);
    });
  }
}

function main(): void {
  const env = (name: string): string => process.env[name] ?? "";
  const settings: Settings = {
    repositories: env("REPOSITORIES"),
    keys: env("KEYS"),
    username: env("GIT_USERNAME"),
    password: env("GIT_PASSWORD"),
    readerPassword: process.env.GIT_READER_PASSWORD,
    publicOrganizations: env("PUBLIC").split(","),
  };
  const web = http.createServer(httpHandler(settings));
  const ssh = sshServer(settings);
  web.listen(Number(env("PORT")), "127.0.0.1", () => {
    ssh.listen(Number(env("SSH_PORT")), "127.0.0.1", () => {
      const sshPort = (ssh.address() as AddressInfo).port;
      writeKnownHosts(settings.keys, sshPort);
      console.log(JSON.stringify({ ready: true, port: (web.address() as AddressInfo).port, sshPort }));
    });
  });
  process.on("SIGTERM", () => process.exit(0));
}

if (require.main === module) main();
