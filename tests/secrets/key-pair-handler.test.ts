import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { createPublicKey, createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityToRecipient } from "age-encryption";
import { compare } from "bcryptjs";
import { utils } from "ssh2";
import { gitSecretData } from "../../manifests/flux/git-secret";
import type { Props } from "../../provider/plugin/handler";
import { UNKNOWN } from "../../provider/plugin/handler";
import { htpasswdEntryHandler } from "../../provider/secrets/htpasswd-entry-handler";
import { keyPairHandler } from "../../provider/secrets/key-pair-handler";
import { KEYS } from "../../provider/secrets/keys";
import { context as ctx } from "../sandbox/pulumi/context";

const KINDS = ["ageKey", "sshKey", "tlsKey"] as const;

async function made(news: Props): Promise<Readonly<Record<"privateKey" | "publicKey", string>>> {
  const { outputs } = await keyPairHandler.create(ctx, { keepers: { rotation: "1" }, ...news });
  return outputs as never;
}

describe("handler of handoff:secrets:KeyPair", () => {
  it("makes keys that the programs they are for can read", async () => {
    const age = await made({ kind: "ageKey" });
    assert.match(age.privateKey, /^AGE-SECRET-KEY-1[0-9A-Z]+$/);
    assert.equal(await identityToRecipient(age.privateKey), age.publicKey);

    const ssh = await made({ kind: "sshKey" });
    assert.match(ssh.publicKey, /^ssh-ed25519 AAAA[A-Za-z0-9+/]+=*$/);
    const key = utils.parseKey(ssh.privateKey);
    assert.ok(!(key instanceof Error));
    assert.equal(key.verify("text", key.sign("text")), true);
    const data = gitSecretData({ ssh: { privateKey: ssh.privateKey, knownHosts: "host" } });
    assert.equal(data["identity.pub"], `${ssh.publicKey}\n`);

    const tls = await made({ kind: "tlsKey" });
    const fromPrivate = createPublicKey(createPrivateKey(tls.privateKey));
    assert.ok(fromPrivate.equals(createPublicKey(tls.publicKey)));
  });

  it("makes no SSH key that nobody can read, as one of 256 was", async () => {
    for (let made = 0; made < 2_000; made++) {
      const key = await KEYS.sshKey.generate();
      assert.ok(!(utils.parseKey(key) instanceof Error));
    }
  });

  it("takes an existing key, and tells its public half", async () => {
    for (const kind of KINDS) {
      const first = await made({ kind });
      assert.deepEqual(
        (({ privateKey, publicKey }) => ({ privateKey, publicKey }))(
          await made({ kind, existing: first.privateKey }),
        ),
        { privateKey: first.privateKey, publicKey: first.publicKey },
      );
    }
  });

  it("gives OpenSSH a key that it reads, also of one without its last newline or with Windows' line ends", async () => {
    const folder = mkdtempSync(join(tmpdir(), "keys-"));
    try {
      const { privateKey, publicKey } = await made({ kind: "sshKey" });
      for (const existing of [undefined, privateKey.trim(), privateKey.replaceAll("\n", "\r\n")]) {
        const pair = await made({ kind: "sshKey", ...(existing !== undefined && { existing }) });
        const file = join(folder, "key");
        writeFileSync(file, pair.privateKey, { mode: 0o600 });
        const { status, stdout, stderr } = spawnSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" });
        assert.equal(status, 0, stderr);
        assert.ok(stdout.startsWith(existing === undefined ? pair.publicKey : publicKey));
      }
      const tls = await made({ kind: "tlsKey" });
      assert.equal(
        (await made({ kind: "tlsKey", existing: tls.privateKey.trim() })).privateKey,
        tls.privateKey,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("refuses what is no key before anything is made, and doesn't repeat it", async () => {
    for (const kind of KINDS) {
      const check = async (existing: string) =>
        (await keyPairHandler.check?.(ctx, { kind, existing }, {}))?.failures;
      const [failure, ...others] = (await check("canary")) ?? [];
      assert.deepEqual([failure?.property, others], ["existing", []]);
      assert.match(failure?.reason ?? "", /can't be read/);
      assert.doesNotMatch(failure?.reason ?? "", /canary/);
      assert.deepEqual(await check(UNKNOWN), []);
    }
  });

  it("makes another pair for another number, kind or given key, and for nothing else", async () => {
    const inputs = { kind: "ageKey", keepers: { rotation: "1" } };
    const replaces = async (news: Props) =>
      (await keyPairHandler.diff(ctx, "id", { inputs, outputs: {} }, { ...inputs, ...news })).replaces;
    assert.deepEqual(await replaces({}), []);
    assert.deepEqual(await replaces({ keepers: { rotation: "2" } }), ["keepers"]);
    assert.deepEqual(await replaces({ keepers: UNKNOWN }), ["keepers"]);
    assert.deepEqual(await replaces({ kind: "sshKey" }), ["kind"]);
    assert.deepEqual(await replaces({ existing: "x" }), ["existing"]);
  });
});

describe("handler of handoff:secrets:HtpasswdEntry", () => {
  it("makes an entry that its password opens", async () => {
    const { outputs } = await htpasswdEntryHandler.create(ctx, { user: "admin", password: "canary" });
    const [user, hash = ""] = String(outputs.entry).split(":");
    assert.equal(user, "admin");
    assert.deepEqual([await compare("canary", hash), await compare("other", hash)], [true, false]);
  });

  it("refuses a password of which bcrypt would look at a part only", async () => {
    const failures = async (password: string) =>
      (await htpasswdEntryHandler.check?.(ctx, { user: "admin", password }, {}))?.failures?.map(
        ({ reason }) => reason,
      );
    assert.deepEqual(await failures("ä".repeat(36)), []);
    assert.deepEqual(await failures(`${"ä".repeat(36)}b`), [
      "the password has 73 bytes: bcrypt takes 72 at most",
    ]);
    assert.deepEqual(await failures(UNKNOWN), []);
  });
});
