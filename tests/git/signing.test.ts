import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hand, testContext, TestRemote } from "./remote";
import type { CommitSigning } from "../../manifests/git/signing";

const AUTHOR = { name: "Handoff", email: "handoff@example.com" };

/** A key to sign by, and what makes `git verify-commit` trust it. */
interface TestKey {
  readonly signing: (passphrase?: string) => CommitSigning;
  readonly trust: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

function sshKey(folder: string, passphrase: string): TestKey {
  const path = join(folder, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", path]);
  const allowed = join(folder, "allowed");
  writeFileSync(allowed, `${AUTHOR.email} ${readFileSync(`${path}.pub`, "utf8")}`);
  const privateKey = readFileSync(path, "utf8");
  return {
    signing: (given = passphrase) => ({ ssh: { privateKey, passphrase: given } }),
    trust: ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${allowed}`],
    env: {},
  };
}

function gpgKey(folder: string, passphrase: string): TestKey {
  const env = { ...process.env, GNUPGHOME: folder };
  writeFileSync(join(folder, "gpg-agent.conf"), "s2k-count 65536\n");
  const gpg = (...args: string[]): string =>
    execFileSync("gpg", ["--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase, ...args], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  gpg("--quick-generate-key", `${AUTHOR.name} <${AUTHOR.email}>`, "ed25519", "sign", "never");
  const privateKey = gpg("--export-secret-keys", "--armor");
  return { signing: (given = passphrase) => ({ gpg: { privateKey, passphrase: given } }), trust: [], env };
}

const hasPrograms = (...names: string[]): boolean =>
  names.every((name) => spawnSync(name, ["--version"]).error === undefined);

const kinds = {
  "an SSH key": { make: sshKey, programs: ["ssh-keygen"], bad: /Load key|passphrase/i },
  "a GPG key": { make: gpgKey, programs: ["gpg", "gpgconf"], bad: /Bad passphrase/i },
};

for (const [kind, { make, programs, bad }] of Object.entries(kinds)) {
  describe(`signing by ${kind}`, function () {
    const runtime = process.env.XDG_RUNTIME_DIR;
    let folder: string;
    let remote: TestRemote;
    let hand: Hand;

    before(function () {
      if (hasPrograms(...programs)) return;
      console.log(`      skipped: needs ${programs.join(" and ")}`);
      this.skip();
    });
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "handoff-sign-"));
      process.env.XDG_RUNTIME_DIR = join(folder, "run");
      mkdirSync(process.env.XDG_RUNTIME_DIR);
      remote = new TestRemote();
      hand = new Hand(remote.url);
    });
    afterEach(() => {
      if (runtime === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = runtime;
      if (kind === "a GPG key") spawnSync("gpgconf", ["--homedir", folder, "--kill", "all"]);
      remote.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    const verify = ({ trust, env }: TestKey): string => {
      const repository = join(remote.folder, "remote.git");
      const result = spawnSync("git", ["-C", repository, ...trust, "verify-commit", "main"], {
        env: { ...process.env, ...env },
        encoding: "utf8",
      });
      assert.equal(result.status, 0, result.stderr);
      return result.stderr;
    };

    for (const passphrase of ["", "open 'sesame'"]) {
      it(`makes commits that git verifies, ${passphrase === "" ? "without" : "with"} a passphrase`, async () => {
        const key = make(folder, passphrase);
        const outputs = await hand.up({ files: { "ä.yaml": "a: 1\n" }, signing: key.signing() });
        assert.match(verify(key), /Good (signature|"git" signature)/);
        assert.deepEqual(
          remote.log("%H %an <%ae> %s")[0],
          `${String(outputs.commit)} Handoff <handoff@example.com> Hand off`,
        );
        assert.equal(remote.log().length, 2);
        assert.match(remote.log("%B").join("\n"), /^Hand off\n\nA ä\.yaml\n\nHandoff-Stack: handoff\/prod\n/);
        await hand.destroy();
        verify(key);
        assert.deepEqual(remote.files(), ["README.md"]);
      });
    }

    it("leaves neither key nor agent behind", async () => {
      await hand.up({ files: { a: "1\n" }, signing: make(folder, "secret").signing() });
      assert.deepEqual(readdirSync(join(folder, "run")), []);
      assert.deepEqual(
        agents().filter((line) => line.includes(join(folder, "run"))),
        [],
      );
    });

    it("signs the first commit of an empty repository, and one that was built anew after a race", async () => {
      const key = make(folder, "");
      const empty = new TestRemote({});
      await new Hand(empty.url).up({ files: { a: "1\n" }, signing: key.signing() });
      assert.match(empty.git(empty.folder, "-C", "remote.git", "cat-file", "commit", "main"), /^gpgsig /m);
      empty.dispose();
      const hands = [0, 1, 2].map((index) => new Hand(remote.url, testContext(`s${String(index)}`)));
      await Promise.all(
        hands.map((each, index) =>
          each.up({ files: { [`f${String(index)}`]: "1\n" }, signing: key.signing() }),
        ),
      );
      assert.equal(remote.log().length, 4);
      verify(key);
    });

    it("makes no commit for a key alone", async () => {
      const { signing } = make(folder, "");
      await hand.up({ files: { a: "1\n" } });
      await hand.up({ files: { a: "1\n" }, signing: signing() });
      assert.equal(remote.log().length, 2);
      assert.deepEqual(hand.state?.inputs.signing, signing());
    });

    it("pushes nothing with a wrong passphrase or a broken key, and says so", async () => {
      const { signing } = make(folder, "secret");
      const name = kind === "a GPG key" ? "gpg" : "ssh";
      const broken = { [name]: { privateKey: "canary" } };
      await assert.rejects(
        hand.up({ files: { a: "1\n" }, signing: signing("wrong") }),
        (error: Error) => /^signing the commit failed: /.test(error.message) && bad.test(error.message),
      );
      await assert.rejects(hand.up({ files: { a: "1\n" }, signing: broken }), (error: Error) => {
        assert.doesNotMatch(error.message, /canary/);
        return /^signing the commit failed: [^]*→ Check the signing key/.test(error.message);
      });
      assert.deepEqual(remote.log(), ["Start"]);
      assert.deepEqual(readdirSync(join(folder, "run")), []);
    });
  });
}

/** Command lines of gpg agents. */
function agents(): string[] {
  const found = spawnSync("ps", ["-eo", "args"], { encoding: "utf8" }).stdout;
  return found.split("\n").filter((line) => line.includes("gpg-agent"));
}
