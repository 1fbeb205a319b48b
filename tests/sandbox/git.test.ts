import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Server } from "ssh2";
import { writeKeys, writeKnownHosts } from "../../tools/sandbox/keys";
import { seedRepositories } from "../../tools/sandbox/repositories";
import { httpHandler, parseCommand, parseRepository, sshServer } from "../../tools/sandbox/services/git";
import { ownState } from "./own-state";

describe("git host", () => {
  it("takes only a repository's own paths", () => {
    const refs = { repository: "org/name", rest: "/info/refs" };
    assert.deepEqual(parseRepository("/org/name.git/info/refs"), refs);
    assert.deepEqual(parseRepository("/org/name/info/refs"), refs);
    assert.deepEqual(parseRepository("/org/na.me.git"), { repository: "org/na.me", rest: "" });
    for (const path of [
      "/../x.git/info/refs",
      "/org/..",
      "/org/name.git/HEAD",
      "/org/name/more.git",
      "/org",
      "",
    ]) {
      assert.equal(parseRepository(path), undefined, path);
    }
  });

  it("takes only git's two commands", () => {
    const fetch = { service: "git-upload-pack", repository: "org/name" };
    assert.deepEqual(parseCommand("git-upload-pack '/org/name.git'"), fetch);
    for (const command of [
      "sh",
      "git-upload-pack '/org/name.git'; id",
      "git-upload-pack --help",
      "git-shell 'a/b'",
    ]) {
      assert.equal(parseCommand(command), undefined, command);
    }
  });
});

describe("git host with real git", () => {
  const state = ownState();
  let web: http.Server;
  let ssh: Server;
  let at = { http: "", ssh: "" };
  const keys = (): string => join(state(), "keys");

  before(async () => {
    const repositories = join(state(), "repositories");
    await seedRepositories(repositories);
    writeKeys(keys());
    const settings = {
      repositories,
      keys: keys(),
      username: "git",
      password: "p:ss",
      publicOrganizations: ["cloudflare"],
    };
    web = http.createServer(httpHandler(settings));
    ssh = sshServer(settings);
    await new Promise<void>((done) => web.listen(0, "127.0.0.1", done));
    await new Promise<void>((done) => ssh.listen(0, "127.0.0.1", done));
    const sshPort = (ssh.address() as AddressInfo).port;
    writeKnownHosts(keys(), sshPort);
    at = {
      http: `127.0.0.1:${(web.address() as AddressInfo).port}`,
      ssh: `ssh://git@127.0.0.1:${sshPort}/your-org`,
    };
  });
  after(() => {
    web.close();
    ssh.close();
  });

  /** Asynchronous: the servers run in this process. */
  function git(
    args: readonly string[],
    key = "",
    hosts = "keys/known_hosts",
  ): Promise<{ code: number; out: string }> {
    const command = [
      "ssh",
      "-F",
      "none",
      "-i",
      join(keys(), key),
      "-o",
      "IdentitiesOnly=yes",
      "-o",
      "BatchMode=yes",
    ];
    command.push("-o", `UserKnownHostsFile=${join(state(), hosts)}`);
    const env = {
      PATH: process.env.PATH,
      HOME: state(),
      GIT_TERMINAL_PROMPT: "0",
      GIT_SSH_COMMAND: command.join(" "),
    };
    const child = spawn("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { env });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (out += chunk.toString()));
    return new Promise((done) =>
      child.on("close", (code) => {
        done({ code: code ?? 1, out });
      }),
    );
  }

  async function commit(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "file"), "x".repeat(2_000_000)); // more than one packet, and a chunked request
    await git(["-C", folder, "add", "."]);
    await git(["-C", folder, "commit", "-qm", "Add a file"]);
  }

  it("clones and pushes over HTTP with user and password", async () => {
    const url = `http://git:p%3Ass@${at.http}/your-org/calcom.git`;
    const folder = join(state(), "over-http");
    assert.equal((await git(["clone", "-q", url, folder])).code, 0);
    await commit(folder);
    const pushed = await git(["-C", folder, "push", "-q", "origin", "main"]);
    assert.equal(pushed.code, 0, pushed.out);
    assert.match((await git(["ls-remote", url])).out, /refs\/heads\/main/);
  });

  it("refuses a wrong password, and an unknown repository", async () => {
    const wrong = await git(["ls-remote", `http://git:no@${at.http}/your-org/calcom.git`]);
    assert.match(wrong.out, /Authentication failed/);
    const unknown = await git(["ls-remote", `http://git:p%3Ass@${at.http}/your-org/nothing.git`]);
    assert.match(unknown.out, /not found/);
  });

  it("lets everybody read a public repository, and nobody write", async () => {
    const url = `http://${at.http}/cloudflare/origin-ca-issuer.git`;
    assert.match((await git(["ls-remote", url])).out, /refs\/tags\/v0/);
    const refused = await git(["-C", join(state(), "over-http"), "push", url, "main"]);
    assert.notEqual(refused.code, 0);
    assert.match(refused.out, /could not read Username|Authentication/);
  });

  it("clones and pushes over SSH with a deploy key", async () => {
    const folder = join(state(), "over-ssh");
    const cloned = await git(["clone", "-q", `${at.ssh}/flux-config.git`, folder], "flux-config");
    assert.equal(cloned.code, 0, cloned.out);
    assert.match(
      readFileSync(join(folder, "clusters/my-cluster/kustomization.yaml"), "utf8"),
      /- \.\/apps\n/,
    );
    await commit(folder);
    const pushed = await git(["-C", folder, "push", "-q", "origin", "main"], "flux-config");
    assert.equal(pushed.code, 0, pushed.out);
  });

  it("refuses writing with a read-only key", async () => {
    assert.equal((await git(["ls-remote", `${at.ssh}/flux-config.git`], "flux-config-read")).code, 0);
    const push = ["-C", join(state(), "over-ssh"), "push", "origin", "main:other"];
    const refused = await git(push, "flux-config-read");
    assert.notEqual(refused.code, 0);
    assert.match(refused.out, /marked as read only/);
  });

  it("hides a repository from the key of another, and refuses a key that it doesn't know", async () => {
    const other = await git(["ls-remote", `${at.ssh}/flux-config.git`], "calcom");
    assert.match(other.out, /Repository not found/);
    const unknown = await git(["ls-remote", `${at.ssh}/flux-config.git`], "host");
    assert.match(unknown.out, /Permission denied \(publickey\)/);
  });

  it("has the host key that known_hosts names", async () => {
    assert.match(
      readFileSync(join(keys(), "known_hosts"), "utf8"),
      /^\[127\.0\.0\.1\]:\d+ ecdsa-sha2-nistp384 \S+\n$/,
    );
    writeFileSync(join(state(), "no_hosts"), "");
    const refused = await git(["ls-remote", `${at.ssh}/flux-config.git`], "flux-config", "no_hosts");
    assert.match(refused.out, /Host key verification failed/);
  });
});
