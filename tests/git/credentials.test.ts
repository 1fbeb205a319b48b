import { strict as assert } from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { writeCredentials, type CredentialFiles } from "../../provider/git/credentials";
import { RemoteBranch } from "../../provider/git/repository";
import type { GitAuth } from "../../manifests/git/auth";

const https = "https://git.example.com:8443/your-org/app.git";
const auths: Readonly<Record<string, GitAuth>> = {
  ssh: { ssh: { privateKey: "canary-key", passphrase: "canary-passphrase", knownHosts: "canary-host" } },
  basic: { basic: { username: "canary-user", password: 'canary "password"\\n#;' } },
  bearer: { bearer: { token: "canary-token" }, ca: "canary-ca\n" },
};

describe("writeCredentials", () => {
  const runtime = process.env.XDG_RUNTIME_DIR;
  let parent: string;
  let files: CredentialFiles | undefined;
  beforeEach(() => {
    // A quote in the path must not end the ssh command's argument.
    parent = mkdtempSync(join(tmpdir(), "handoff 'test'-"));
    process.env.XDG_RUNTIME_DIR = parent;
  });
  afterEach(async () => {
    await files?.dispose();
    files = undefined;
    if (runtime === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = runtime;
    rmSync(parent, { recursive: true });
  });

  const write = async (auth: GitAuth, url = https): Promise<CredentialFiles> =>
    (files = await writeCredentials(url, auth));
  const read = (name: string): string => readFileSync(join(files!.folder, name), "utf8");
  /** What git itself reads of the configuration. */
  const config = (...args: string[]): string =>
    execFileSync("git", ["config", ...args], {
      cwd: parent,
      env: { ...process.env, HOME: parent, GIT_CONFIG_NOSYSTEM: "1", ...files!.env },
      encoding: "utf8",
    });

  for (const [name, auth] of Object.entries(auths)) {
    it(`gives ${name} to this user alone, in files that are removed`, async () => {
      const { folder, env } = await write(auth, name === "ssh" ? "ssh://git@git.example.com/app.git" : https);
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      for (const file of readdirSync(folder)) {
        const mode = statSync(join(folder, file)).mode & 0o777;
        assert.equal(mode, file === "askpass" ? 0o700 : 0o600, file);
      }
      for (const value of Object.values(env)) {
        assert.doesNotMatch(value ?? "", /canary/);
        assert(!value?.includes(Buffer.from("canary-user").toString("base64").slice(0, 12)));
      }
      await files?.dispose();
      assert.deepEqual(readdirSync(parent), []);
    });
  }

  it("makes ssh use the key and known hosts that are given, and nothing of the user's", async () => {
    const { folder, env } = await write(auths.ssh!);
    assert.equal(read("identity"), "canary-key\n");
    assert.equal(read("known_hosts"), "canary-host\n");
    // As the shell that git starts takes it apart.
    const command = env.GIT_SSH_COMMAND!.replace(/^ssh/, "printf '%s\\n'");
    const words = execFileSync("sh", ["-c", command], { encoding: "utf8" }).trimEnd().split("\n");
    assert.deepEqual(words.slice(0, 4), ["-F", "none", "-i", `${folder}/identity`]);
    for (const option of [
      `UserKnownHostsFile=${folder}/known_hosts`,
      "GlobalKnownHostsFile=/dev/null",
      "IdentitiesOnly=yes",
      "IdentityAgent=none",
      "StrictHostKeyChecking=yes",
      "PasswordAuthentication=no",
    ]) {
      assert(words.includes(option), option);
    }
    assert.equal(execFileSync(env.SSH_ASKPASS!, { encoding: "utf8" }), "canary-passphrase");
  });

  it("sends user and password, or the token, to that host alone", async () => {
    await write(auths.basic!);
    const header = Buffer.from('canary-user:canary "password"\\n#;').toString("base64");
    assert.equal(config("--get-urlmatch", "http.extraHeader", https), `Authorization: Basic ${header}\n`);
    assert.throws(() => config("--get-urlmatch", "http.extraHeader", "https://git.example.com/app.git"));
    await files?.dispose();

    await write(auths.bearer!);
    assert.equal(config("--get-urlmatch", "http.extraHeader", https), "Authorization: Bearer canary-token\n");
    assert.equal(files!.env.GIT_SSL_CAINFO, `${files!.folder}/ca.crt`);
    assert.equal(read("ca.crt"), "canary-ca\n");
  });

  it("leaves nothing of the user's configuration", async () => {
    const user = [
      "[user]",
      "name = Somebody",
      "[alias]",
      "push = !false",
      "[http]",
      "proxy = http://localhost:1",
    ];
    writeFileSync(join(parent, ".gitconfig"), `${user.join("\n")}\n`);
    await write({});
    assert.match(config("--list"), /^http\.followredirects=false$/m);
    assert.doesNotMatch(config("--list"), /^(user|alias)\.|^http\.proxy/m);
  });

  it("removes what killed processes left, and nothing else", async () => {
    const dead = spawnSync("true").pid;
    const mine = basename((await write({})).folder).replace(/-\d+-\w+$/, "");
    const folders = {
      swept: `${mine}-${String(dead)}-abcdef`,
      running: `${mine}-${String(process.ppid)}-abcdef`,
      "of another machine": `${mine}-other-${String(dead)}-abcdef`,
      "by another name": `${mine}-${String(dead)}`,
      "of somebody else": "handoff-test",
    };
    for (const name of Object.values(folders)) {
      mkdirSync(join(parent, name));
      writeFileSync(join(parent, name, "identity"), "canary-key");
    }
    const link = `${mine}-${String(dead)}-linked`;
    symlinkSync(join(parent, folders["of somebody else"]), join(parent, link));
    await files?.dispose();
    await Promise.all(Array.from({ length: 5 }, async () => (await writeCredentials(https, {})).dispose()));
    const { swept, ...others } = folders;
    assert(!existsSync(join(parent, swept)));
    assert.deepEqual(readdirSync(parent).sort(), [...Object.values(others), link].sort());
  });

  it("removes everything when it fails, and after the work on a branch that failed", async () => {
    await assert.rejects(writeCredentials("git@git.example.com:app.git", auths.basic!), /Invalid URL/);
    assert.deepEqual(readdirSync(parent), []);

    let folder = "";
    const options = { url: https, branch: "main", auth: auths.bearer! };
    await assert.rejects(
      RemoteBranch.use(options, () => {
        folder = readdirSync(parent)[0]!;
        return Promise.reject(new Error("stop"));
      }),
      /stop/,
    );
    assert.notEqual(folder, "");
    assert(!existsSync(join(parent, folder)));
  });
});
