import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEYS } from "../../../provider/secrets/keys";
import { fingerprint, parsePublicKey } from "../../../tools/sandbox/services/git/deploy-keys";
import { TestHost } from "../../git/host";

interface Shown {
  readonly id: number;
  readonly key: string;
  readonly title: string;
  readonly fingerprint?: string;
  readonly read_only: boolean;
  readonly url: string;
}

const ADMINISTRATOR = "Bearer correct horse";

describe("the git host's deploy keys", function () {
  let host: TestHost;
  let origin: string;
  beforeEach(async () => {
    host = await TestHost.start();
    origin = new URL(host.add("homelab").url).origin;
    host.add("other");
  });
  afterEach(() => {
    host.stop();
  });

  /** A pair whose private half git uses by its name. */
  const pair = async (name: string): Promise<string> => {
    const key = await KEYS.sshKey.generate();
    writeFileSync(join(host.folder, name), key, { mode: 0o600 });
    return await KEYS.sshKey.publicOf(key);
  };
  const ask = async (api: string, token: string, method: string, path: string, body?: object) => {
    const response = await fetch(`${origin}${api}/repos/your-org/${path}`, {
      method,
      headers: { authorization: token },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as unknown };
  };
  const gitea = (method: string, path: string, body?: object, token = ADMINISTRATOR) =>
    ask("/api/v1", token, method, path, body);
  const github = (method: string, path: string, body?: object) =>
    ask("/api/v3", "Bearer t0ken", method, path, body);

  /** What git says over SSH, and whether it could. */
  const git = (key: string, ...args: string[]): Promise<{ ok: boolean; out: string }> => {
    const ssh = [
      "ssh",
      "-F",
      "none",
      "-i",
      join(host.folder, key),
      "-o",
      "IdentitiesOnly=yes",
      "-o",
      "BatchMode=yes",
    ];
    ssh.push("-o", `UserKnownHostsFile=${join(host.keys, "known_hosts")}`);
    const child = spawn("git", args, {
      env: { PATH: process.env.PATH, HOME: host.folder, GIT_SSH_COMMAND: ssh.join(" ") },
    });
    let out = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (out += chunk.toString()));
    return new Promise((done) =>
      child.on("close", (code) => {
        done({ ok: code === 0, out });
      }),
    );
  };
  const address = (name: string): string => host.sshUrl("calcom").replace("/calcom.git", `/${name}.git`);
  const push = async (key: string) => {
    const clone = join(host.folder, `clone-${key}`);
    const cloned = await git(key, "clone", "-q", address("homelab"), clone);
    assert.ok(cloned.ok, cloned.out);
    return await git(key, "-C", clone, "push", "origin", `HEAD:by-${key}`);
  };

  it("let exactly the registered ones in, and end at once (Gitea)", async () => {
    const key = await pair("mine");
    assert.match((await git("mine", "ls-remote", address("homelab"))).out, /Permission denied \(publickey\)/);
    const { status, body } = await gitea("POST", "homelab/keys", { title: "flux", key: `${key} a comment` });
    assert.equal(status, 201);
    const shown = body as Shown;
    assert.deepEqual(
      [shown.title, shown.read_only, shown.key],
      ["flux", false, key.split(" ").slice(0, 2).join(" ")],
    );
    assert.equal(shown.fingerprint, fingerprint(parsePublicKey(key)!.getPublicSSH()));
    assert.ok((await push("mine")).ok);
    assert.match((await git("mine", "ls-remote", address("other"))).out, /Repository not found/);
    assert.deepEqual((await gitea("GET", "homelab/keys")).body, [shown]);
    assert.deepEqual((await gitea("GET", `homelab/keys/${shown.id}`)).body, shown);

    assert.equal((await gitea("DELETE", `other/keys/${shown.id}`)).status, 204);
    assert.ok(
      (await git("mine", "ls-remote", address("homelab"))).ok,
      "another repository's id takes nothing away",
    );
    assert.equal((await gitea("DELETE", `homelab/keys/${shown.id}`)).status, 204);
    assert.equal((await gitea("DELETE", `homelab/keys/${shown.id}`)).status, 204, "gone already");
    assert.match((await git("mine", "ls-remote", address("homelab"))).out, /Permission denied \(publickey\)/);
    const again = (await gitea("POST", "homelab/keys", { title: "flux", key })).body as Shown;
    assert.ok(again.id > shown.id, "an id is never used again");
  });

  it("read only when they were registered so", async () => {
    await gitea("POST", "homelab/keys", { title: "read", key: await pair("reads"), read_only: true });
    const pushed = await push("reads");
    assert.ok(!pushed.ok);
    assert.match(pushed.out, /The key you are authenticating with has been marked as read only\./);
  });

  it("may be of several repositories on Gitea, each with its own right", async () => {
    const key = await pair("shared");
    await gitea("POST", "homelab/keys", { title: "shared", key, read_only: true });
    assert.equal((await gitea("POST", "other/keys", { title: "shared", key })).status, 201);
    assert.ok((await git("shared", "ls-remote", address("other"))).ok);
    assert.match((await push("shared")).out, /marked as read only/);
  });

  it("are refused in Gitea's words", async () => {
    const key = await pair("mine");
    await gitea("POST", "homelab/keys", { title: "flux", key });
    const refused = async (body: object, token?: string) => {
      const answer = await gitea("POST", "homelab/keys", body, token);
      return [answer.status, (answer.body as { message: string }).message];
    };
    assert.deepEqual(await refused({ title: "two", key }), [
      422,
      "This key has already been added to this repository",
    ]);
    assert.deepEqual(await refused({ title: "flux", key: await pair("b") }), [
      422,
      "A key with the same name already exists",
    ]);
    assert.deepEqual(await refused({ key }), [422, "[Title]: Required"]);
    const privateKey = readFileSync(join(host.folder, "mine"), "utf8");
    for (const bad of ["ssh-ed25519 nonsense", privateKey]) {
      assert.deepEqual(await refused({ title: "x", key: bad }), [
        422,
        "Invalid key content: unable to parse the key",
      ]);
    }
    const right = "user should be an owner or a collaborator with admin write of a repository";
    assert.deepEqual(await refused({ title: "x", key: await pair("c") }, "Bearer just looking"), [
      403,
      right,
    ]);
    assert.deepEqual(await refused({ title: "x", key }, "Bearer wrong"), [401, "token is required"]);
    assert.equal((await gitea("GET", "homelab/pulls", undefined, "Bearer just looking")).status, 200);
    assert.equal((await gitea("GET", "homelab/keys/999")).status, 404);
  });

  it("belong to one repository on GitHub, and are refused in its words", async () => {
    const key = await pair("mine");
    const { status, body } = await github("POST", "homelab/keys", { title: "flux", key, read_only: true });
    assert.equal(status, 201);
    const shown = body as Shown & { readonly verified: boolean };
    assert.deepEqual([shown.title, shown.read_only, shown.verified], ["flux", true, true]);
    assert.equal(shown.url, `https://api.github.com/repos/your-org/homelab/keys/${shown.id}`);
    assert.match((await push("mine")).out, /marked as read only/);
    const invalid = async (bad: object) => {
      const answer = await github("POST", "other/keys", bad);
      const { message, errors } = answer.body as { message: string; errors: { message: string }[] };
      return [answer.status, message, errors[0]?.message];
    };
    assert.deepEqual(await invalid({ title: "x", key }), [422, "Validation Failed", "key is already in use"]);
    assert.match(String((await invalid({ title: "x", key: "no" }))[2]), /^key is invalid/);
    assert.equal((await github("DELETE", `other/keys/${shown.id}`)).status, 404);
    assert.equal((await github("DELETE", `homelab/keys/${shown.id}`)).status, 204);
    assert.deepEqual((await github("GET", "homelab/keys")).body, []);
    host.github.administration = "read";
    const denied = await github("GET", "homelab/keys");
    assert.equal(denied.status, 403);
    assert.equal(
      (denied.body as { message: string }).message,
      "Resource not accessible by personal access token",
    );
  });

  it("that the sandbox starts with are listed as well, and can be taken away", async () => {
    host.add("calcom");
    const shown = (await gitea("GET", "calcom/keys")).body as Shown[];
    assert.deepEqual(
      shown.map(({ title, read_only }) => [title, read_only]),
      [
        ["calcom", false],
        ["calcom-read", true],
      ],
    );
    await gitea("DELETE", `calcom/keys/${shown[0]!.id}`);
    assert.deepEqual(
      ((await gitea("GET", "calcom/keys")).body as Shown[]).map(({ id }) => id),
      [shown[1]!.id],
    );
  });
});
