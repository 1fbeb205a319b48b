import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import http from "node:http";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeKeys, writeKnownHosts } from "../../tools/sandbox/keys";
import { httpHandler, sshServer } from "../../tools/sandbox/services/git";
import { Hand, TestRemote } from "./remote";
import { slow } from "../slow";

const TOKEN = "canary-installation";
const PROXY_USER = "Basic " + Buffer.from("canary-user:canary/pass").toString("base64");

/** Signing in to real servers: what a user gives, and that the commit lands. */
describe("signing in", function () {
  let folder: string;
  let remote: TestRemote;
  let hand: Hand;
  const servers: Server[] = [];
  const files = { "a.yaml": "a: 1\n" };
  const keys = (): string => join(folder, "keys");
  const key = (name: string): string => readFileSync(join(keys(), name), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "handoff-auth-"));
    remote = new TestRemote();
    mkdirSync(join(folder, "your-org"));
    symlinkSync(join(remote.folder, "remote.git"), join(folder, "your-org", "calcom.git"));
    writeKeys(keys());
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => once(server.close(), "close")));
    remote.dispose();
    rmSync(folder, { recursive: true });
  });

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  }

  const settings = () => ({
    repositories: folder,
    keys: keys(),
    username: "x-access-token",
    password: TOKEN,
    publicOrganizations: [],
  });

  /** Starts the SSH server; the hand reaches the repository through it. */
  async function overSsh(): Promise<string> {
    const port = await listen(sshServer(settings()));
    writeKnownHosts(keys(), port);
    hand = new Hand(`ssh://git@127.0.0.1:${String(port)}/your-org/calcom.git`);
    return key("known_hosts");
  }

  describe("over SSH", () => {
    slow("takes a key, and one that is encrypted", async () => {
      const knownHosts = await overSsh();
      await hand.up({ files, auth: { ssh: { privateKey: key("calcom"), knownHosts } } });
      execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "it's $secret", "-f", join(keys(), "calcom")]);
      const ssh = { privateKey: key("calcom"), passphrase: "it's $secret", knownHosts };
      await hand.up({ files: { "a.yaml": "a: 2\n" }, auth: { ssh } });
      assert.equal(remote.read("a.yaml"), "a: 2\n");
      await assert.rejects(
        hand.up({ files, auth: { ssh: { ...ssh, passphrase: "wrong" } } }),
        /→ the host doesn't accept the SSH key\. Check `auth\.ssh\.privateKey` \(and its passphrase\)/,
      );
    });

    it("refuses a host whose key isn't among the known ones", async () => {
      await overSsh();
      const knownHosts = `[127.0.0.1]:1 ${key("host.pub")}`;
      await assert.rejects(
        hand.up({ files, auth: { ssh: { privateKey: key("calcom"), knownHosts } } }),
        /→ the host's key is not in the given known_hosts/,
      );
      assert.equal(remote.log().length, 1);
    });

    describe("with an agent", () => {
      const before = process.env.SSH_AUTH_SOCK;
      let agent: ChildProcess | undefined;
      afterEach(() => {
        agent?.kill();
        if (before === undefined) delete process.env.SSH_AUTH_SOCK;
        else process.env.SSH_AUTH_SOCK = before;
      });

      it("takes the agent's key", async () => {
        const socket = join(folder, "agent");
        agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
        await once(agent.stdout!, "data");
        process.env.SSH_AUTH_SOCK = socket;
        execFileSync("ssh-add", ["-q", join(keys(), "calcom")], { stdio: "ignore" });
        const knownHosts = await overSsh();
        await hand.up({ files, auth: { ssh: { agent: true, knownHosts } } });
        assert.deepEqual(remote.log(), ["Hand off", "Start"]);
        await assert.rejects(
          hand.up({ files: {}, auth: { ssh: { agent: true, knownHosts: "[127.0.0.1]:1 ssh-rsa AAAA" } } }),
          /the host's key is not in the given known_hosts/,
        );
      });

      it("says that there is none", async () => {
        delete process.env.SSH_AUTH_SOCK;
        const knownHosts = await overSsh();
        await assert.rejects(
          hand.up({ files, auth: { ssh: { agent: true, knownHosts } } }),
          /^UserError: there is no ssh-agent: SSH_AUTH_SOCK isn't set\n→ Start one/,
        );
      });
    });
  });

  describe("through a proxy", () => {
    it("sends everything by it, with its credentials and the host's", async () => {
      const port = await listen(http.createServer(httpHandler(settings())));
      const seen: string[] = [];
      const proxy = http.createServer((request, response) => {
        if (request.headers["proxy-authorization"] !== PROXY_USER) {
          response.writeHead(407, { "proxy-authenticate": "Basic" }).end();
          return;
        }
        const { host, pathname, search } = new URL(request.url ?? "");
        seen.push(host);
        const { headers, method } = request;
        const options = { port, host: "127.0.0.1", path: pathname + search, headers, method };
        const forward = http.request(options, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        });
        request.pipe(forward);
      });
      const address = `127.0.0.1:${String(await listen(proxy))}`;
      hand = new Hand("http://git.example.com/your-org/calcom.git");
      const basic = { username: "x-access-token", password: TOKEN };
      await hand.up({ files, auth: { basic, proxy: `http://canary-user:canary%2Fpass@${address}` } });
      assert.equal(remote.log().length, 2);
      assert.deepEqual([...new Set(seen)], ["git.example.com"]);
      await assert.rejects(
        hand.up({ files: {}, auth: { basic, proxy: `http://canary-user:wrong@${address}` } }),
        (error: Error) => {
          assert.doesNotMatch(error.message, /canary/);
          return /407[^]*→ the proxy doesn't take its credentials. Check `auth\.proxy`/.test(error.message);
        },
      );
    });
  });

  describe("as a GitHub App", () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs1", format: "pem" }) as string;
    const app = { appId: "42", installationId: "7", privateKey: pem };
    let tokens: number;
    let faults: number[];
    let url: string;

    beforeEach(async () => {
      tokens = 0;
      faults = [];
      const git = httpHandler(settings());
      const port = await listen(
        http.createServer((request, response) => {
          if (!request.url?.startsWith("/api/v3/")) {
            git(request, response);
            return;
          }
          const answer = (status: number, body: object): void => {
            response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
          };
          const fault = faults.shift();
          if (fault !== undefined) answer(fault, { message: "Try later" });
          else if (!verifies(request.headers.authorization)) answer(401, { message: "Bad JWT" });
          else if (request.url !== "/api/v3/app/installations/7/access_tokens")
            answer(404, { message: "Not Found" });
          else {
            tokens++;
            answer(201, { token: TOKEN });
          }
        }),
      );
      url = `http://127.0.0.1:${String(port)}/your-org/calcom.git`;
      hand = new Hand(url);
    });

    function verifies(authorization = ""): boolean {
      const [header = "", payload = "", signature = ""] = authorization.replace(/^Bearer /, "").split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
      const now = Date.now() / 1000;
      return (
        createVerify("RSA-SHA256").update(`${header}.${payload}`).verify(publicKey, signature, "base64url") &&
        claims.iss === "42" &&
        Number(claims.iat) < now &&
        Number(claims.exp) - Number(claims.iat) <= 600
      );
    }

    it("asks for a token once an operation, and keeps it nowhere", async () => {
      faults = [502];
      await hand.up({ files, auth: { githubApp: app } });
      assert.equal(remote.log().length, 2);
      assert.equal(tokens, 1);
      assert.doesNotMatch(JSON.stringify(hand.state), new RegExp(TOKEN));
    });

    it("says what GitHub refused, and what to check", async () => {
      const refused = async (change: object, words: RegExp): Promise<void> => {
        await assert.rejects(hand.up({ files, auth: { githubApp: { ...app, ...change } } }), words);
      };
      await refused({ installationId: "8" }, /HTTP 404, Not Found\n→ the App has no such installation/);
      await refused({ appId: "43" }, /HTTP 401, Bad JWT\n→ GitHub doesn't accept the App's key/);
      await refused({ privateKey: "canary" }, /^UserError: the GitHub App's private key can't be read/);
      faults = [403];
      await refused({}, /HTTP 403, Try later\n→ check that the installation isn't suspended/);
    });
  });
});
