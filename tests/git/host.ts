import http from "node:http";
import https from "node:https";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { httpHandler, sshServer } from "../../tools/sandbox/services/git";
import { deployKeys, writeKeys, writeKnownHosts } from "../../tools/sandbox/keys";
import { GitHub } from "./github";
import { TestRemote } from "./remote";

/** Does something with a request instead of, or around, `serve`. */
export type Fault = (request: http.IncomingMessage, response: http.ServerResponse, serve: () => void) => void;

/** A repository on the host, and what its clients asked for. */
export interface HostedRepository {
  readonly remote: TestRemote;
  readonly url: string;
  /** Requests so far, as `GET info/refs?service=…`. */
  readonly requests: string[];
  /** Bytes of answers' bodies so far. */
  sent: number;
  /** The faults of the next requests, one each; undefined serves the request. */
  faults: (Fault | undefined)[];
}

const USERNAME = "git";
const PASSWORD = "correct horse";
const READER_PASSWORD = "just looking";
export const SIGN_IN = { basic: { username: USERNAME, password: PASSWORD } };

/** The sandbox's git host over HTTP(S) and SSH with GitHub's API beside it, and faults that a test puts before them. */
export class TestHost {
  readonly folder = mkdtempSync(join(tmpdir(), "handoff-host-"));
  private readonly repositories = new Map<string, HostedRepository>();
  /** GitHub's API for all repositories of the host. */
  readonly github = new GitHub((name) => this.repositories.get(name)?.remote, this.keys);
  private readonly web: http.Server;
  private readonly ssh;

  private constructor(private readonly tls?: https.ServerOptions) {
    mkdirSync(join(this.folder, "repositories", "your-org"), { recursive: true });
    writeKeys(this.keys);
    const settings = {
      repositories: join(this.folder, "repositories"),
      keys: this.keys,
      username: USERNAME,
      password: PASSWORD,
      readerPassword: READER_PASSWORD,
      publicOrganizations: [],
    };
    const serve = httpHandler(settings);
    const listener: http.RequestListener = (request, response) => {
      if (/^\/api\/(v3\/(repos|app)|graphql)/.test(request.url ?? "")) {
        void this.github.serve(request, response);
        return;
      }
      const name = /^\/your-org\/([\w-]+)\.git\//.exec(request.url ?? "")?.[1] ?? "";
      const repository = this.repositories.get(name);
      count(repository, request, response);
      const fault = repository?.faults.shift();
      if (fault === undefined) serve(request, response);
      else {
        fault(request, response, () => {
          serve(request, response);
        });
      }
    };
    this.web = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
    this.ssh = sshServer(settings);
  }

  static async start(tls?: https.ServerOptions): Promise<TestHost> {
    const host = new TestHost(tls);
    await new Promise<void>((done) => host.web.listen(0, "127.0.0.1", done));
    await new Promise<void>((done) => host.ssh.listen(0, "127.0.0.1", done));
    writeKnownHosts(host.keys, host.sshPort);
    return host;
  }

  /** A new repository. One named as a deploy key's can be reached over SSH too. */
  add(name: string, files?: Readonly<Record<string, string>>): HostedRepository {
    const remote = new TestRemote(files);
    symlinkSync(
      join(remote.folder, "remote.git"),
      join(this.folder, "repositories", "your-org", `${name}.git`),
    );
    const port = (this.web.address() as AddressInfo).port;
    const url = `${this.tls === undefined ? "http" : "https"}://127.0.0.1:${port}/your-org/${name}.git`;
    const repository: HostedRepository = { remote, url, requests: [], sent: 0, faults: [] };
    this.repositories.set(name, repository);
    return repository;
  }

  sshUrl(name: keyof typeof deployKeys): string {
    return `ssh://git@127.0.0.1:${this.sshPort}/your-org/${name}.git`;
  }

  get keys(): string {
    return join(this.folder, "keys");
  }

  stop(): void {
    this.web.closeAllConnections();
    this.web.close();
    this.ssh.close();
    for (const { remote } of this.repositories.values()) remote.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get sshPort(): number {
    return (this.ssh.address() as AddressInfo).port;
  }
}

function count(
  repository: HostedRepository | undefined,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  if (repository === undefined) return;
  repository.requests.push(`${request.method ?? ""} ${(request.url ?? "").replace(/^.*\.git\//, "")}`);
  const write = response.write.bind(response) as (chunk: Buffer) => boolean;
  response.write = (chunk: Buffer): boolean => {
    repository.sent += chunk.length;
    return write(chunk);
  };
}

/** Answers with a status instead of serving. */
export function answer(status: number, text = ""): Fault {
  return (request, response) => {
    request.resume();
    response.writeHead(status, {
      "content-type": "text/plain",
      ...(status === 401 ? { "www-authenticate": 'Basic realm="git"' } : {}),
    });
    response.end(text);
  };
}

/** Takes the request and never answers. */
export const hang: Fault = (request) => {
  request.resume();
};

/** Closes the connection without an answer. */
export const close: Fault = (request) => {
  request.socket.destroy();
};

/** Closes the connection in the middle of the request's body, or before it when there is none. */
export const cutRequest: Fault = (request) => {
  if (request.method === "GET") request.socket.destroy();
  else request.once("data", () => request.socket.destroy());
};

/** Closes the connection in the middle of the answer. The server has done its work by then. */
export const cutAnswer: Fault = (request, response, serve) => {
  const end = response.end.bind(response) as () => http.ServerResponse;
  const parts: Buffer[] = [];
  response.write = (chunk: Buffer): boolean => {
    parts.push(chunk);
    return true;
  };
  response.end = (): http.ServerResponse => {
    const whole = Buffer.concat(parts);
    response.setHeader("content-length", whole.length);
    response.writeHead(response.statusCode);
    response.flushHeaders();
    request.socket.write(whole.subarray(0, Math.ceil(whole.length / 2)), () => request.socket.destroy());
    return end();
  };
  serve();
};
