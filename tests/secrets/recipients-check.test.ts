import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { parse } from "yaml";
import { documentRecipients } from "../../manifests/secrets/sops-recipients";
import { encrypt } from "../../provider/secrets/sops";
import { testContext } from "../cloudflare/cloud";
import { slow } from "../slow";
import { recipientFaults } from "../../provider/secrets/recipients-check";

const own = async () => await identityToRecipient(await generateIdentity());

describe("whom secrets can't be encrypted for", () => {
  it("isn't known without sops", async () => {
    assert.equal(
      await recipientFaults({ recipients: [await own()] }, { program: "no-such-sops" }),
      undefined,
    );
  });

  it("is told while a key elsewhere takes long, and ends with the user's cancel", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slow-"));
    const [program, ended] = [join(folder, "sops"), join(folder, "ended")];
    writeFileSync(
      program,
      `#!/bin/sh\ntrap 'touch ${ended}; exit 1' TERM\ncat >/dev/null\nwhile :; do sleep 0.1; done\n`,
      {
        mode: 0o700,
      },
    );
    const ctx = testContext();
    const work = recipientFaults({ recipients: [await own()] }, { program, waiting: ctx });
    setTimeout(() => {
      ctx.cancel();
    }, 300);
    await assert.rejects(work, /cancelled/);
    for (let waited = 0; !existsSync(ended); waited++) {
      assert.ok(waited < 50, "sops still runs");
      await sleep(100);
    }
    rmSync(folder, { recursive: true });
  });

  it("is a key of Azure when a pipeline has no token to sign in by, beside what else is wrong", async () => {
    const azure = `https://team.vault.azure.net/keys/sops/${"1".repeat(32)}`;
    const given = { ...process.env };
    const folder = mkdtempSync(join(tmpdir(), "no-token-"));
    try {
      process.env.ARM_USE_OIDC = "true";
      for (const [file, words] of [
        ["", /: signing in to Azure by OIDC takes a token, and none is given\n→ Set ARM_OIDC_TOKEN or/],
        [
          join(folder, "gone"),
          /: the OIDC token for Azure can't be read: ENOENT.*\n→ Correct ARM_OIDC_TOKEN_FILE_PATH/,
        ],
      ] as const) {
        process.env.ARM_OIDC_TOKEN_FILE_PATH = file;
        const [fault = "", ...more] = (await recipientFaults({ recipients: [azure] })) ?? [];
        assert.deepEqual(more, []);
        assert.match(fault, words);
        assert.ok(fault.startsWith(`secrets can't be encrypted for ${azure} of `), fault);
      }
    } finally {
      process.env = given;
      rmSync(folder, { recursive: true });
    }
  });

  describe("by sops", function () {
    before(function () {
      if (spawnSync("sops", ["--version", "--disable-version-check"]).error) {
        console.log("      skipped: there is no sops on PATH (https://getsops.io)");
        this.skip();
      }
    });

    it("is nobody of those who have good keys", async () => {
      assert.deepEqual(await recipientFaults({ recipients: [await own(), await own()] }), []);
    });

    slow(
      "is nobody with a PGP key that is here, of which gpg alone opens what is encrypted",
      async function () {
        const home = mkdtempSync(join(tmpdir(), "gnupg-"));
        const gpg = (args: readonly string[], input?: string) =>
          spawnSync("gpg", ["--homedir", home, "--batch", ...args], { input, encoding: "utf8" });
        const before = process.env.GNUPGHOME;
        try {
          const made = gpg([
            "--passphrase",
            "",
            "--quick-generate-key",
            "team@example.com",
            "default",
            "default",
            "never",
          ]);
          if (made.error) this.skip();
          const listed = gpg(["--list-keys", "--with-colons"]).stdout;
          const pgp = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? "";
          process.env.GNUPGHOME = home;
          const recipients = [await own(), pgp];
          assert.deepEqual(await recipientFaults({ recipients }), []);
          const path = "secret.enc.yaml";
          const plaintext = "kind: Secret\nstringData:\n  password: canary\n";
          const rules = [{ pathRegex: path, recipients }];
          const ciphertext = await encrypt({ path, plaintext }, { rules });
          assert.deepEqual(
            documentRecipients((parse(ciphertext) as { sops: object }).sops as never),
            recipients,
          );
          const file = join(home, path);
          writeFileSync(file, ciphertext);
          const opened = spawnSync("sops", ["decrypt", file], {
            ...{ encoding: "utf8", env: { PATH: process.env.PATH, HOME: home, GNUPGHOME: home } },
          });
          assert.match(opened.stdout, /password: canary/, opened.stderr);
        } finally {
          if (before === undefined) Reflect.deleteProperty(process.env, "GNUPGHOME");
          else process.env.GNUPGHOME = before;
          spawnSync("gpgconf", ["--homedir", home, "--kill", "all"]);
          rmSync(home, { recursive: true, force: true });
        }
      },
    );

    it("is each who has a slip in an age key, or a PGP key that isn't here", async () => {
      const good = await own();
      const slip = `${good.slice(0, -1)}${good.endsWith("q") ? "p" : "q"}`;
      const pgp = "0123456789ABCDEF0123456789ABCDEF01234567";
      const found = (await recipientFaults({ recipients: [good, slip, pgp] })) ?? [];
      assert.equal(found.length, 2, found.join("\n"));
      assert.match(
        found[0] ?? "",
        new RegExp(`^secrets can't be encrypted for ${slip} of [^]*→ Copy the public key`),
      );
      assert.match(found[1] ?? "", new RegExp(`^secrets can't be encrypted for ${pgp} of [^]*gpg --import`));
    });
  });
});
