import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../manifests/files";
import { gitSecretData } from "../../manifests/flux/git-secret";

const knownHosts = "git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA";
const passphrase = "canary-passphrase";

describe("gitSecretData with an SSH key", () => {
  let folder: string;
  before(function () {
    folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
    if (spawnSync("ssh-keygen", ["-?"]).error) {
      console.log("      skipped: there is no ssh-keygen on PATH (OpenSSH)");
      this.skip();
    }
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** A key pair as ssh-keygen makes it: the private key's text and the public one's. */
  function keyPair(name: string, ...flags: string[]): { privateKey: string; publicKey: string } {
    const file = join(folder, name.replaceAll(" ", "-"));
    const { status, stderr } = spawnSync("ssh-keygen", ["-q", "-C", "", "-f", file, ...flags], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return {
      privateKey: readFileSync(file, "utf8"),
      publicKey: `${readFileSync(`${file}.pub`, "utf8").trim()}\n`,
    };
  }

  const types = {
    "ECDSA P-384": ["-t", "ecdsa", "-b", "384"],
    Ed25519: ["-t", "ed25519"],
    RSA: ["-t", "rsa", "-b", "2048"],
  };
  const formats = { OpenSSH: "RFC4716", PEM: "PEM", "PKCS #8": "PKCS8" };
  for (const [type, flags] of Object.entries(types)) {
    for (const [format, option] of Object.entries(formats)) {
      // ssh-keygen writes Ed25519 in its own format alone.
      if (type === "Ed25519" && format !== "OpenSSH") continue;
      it(`has ${type} in ${format}, with its public key`, () => {
        const { privateKey, publicKey } = keyPair(`${type} ${option}`, ...flags, "-m", option, "-N", "");
        assert.deepEqual(gitSecretData({ ssh: { privateKey, knownHosts } }), {
          identity: privateKey,
          "identity.pub": publicKey,
          known_hosts: `${knownHosts}\n`,
        });
      });
      // Flux doesn't read an encrypted PKCS #8.
      if (format === "PKCS #8") continue;
      it(`has ${type} in ${format} with a passphrase`, () => {
        const names = [...flags, "-m", option, "-a", "1", "-N", passphrase];
        const { privateKey, publicKey } = keyPair(`${type} ${option} encrypted`, ...names);
        assert.deepEqual(gitSecretData({ ssh: { privateKey, knownHosts, passphrase } }), {
          identity: privateKey,
          "identity.pub": publicKey,
          known_hosts: `${knownHosts}\n`,
          password: passphrase,
        });
        assert.throws(
          () => gitSecretData({ ssh: { privateKey, knownHosts, passphrase: "wrong" } }),
          /^InputError: the SSH private key can't be read: .*bad passphrase/i,
        );
        assert.throws(() => gitSecretData({ ssh: { privateKey, knownHosts } }), /no passphrase given/);
      });
    }
  }

  it("has Ed25519 in PKCS #8 as OpenSSL and tls.PrivateKey make it", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    const [type, blob = ""] = (gitSecretData({ ssh: { privateKey: pem, knownHosts } })["identity.pub"] ?? "")
      .trim()
      .split(" ");
    assert.equal(type, "ssh-ed25519");
    assert.equal(
      Buffer.from(blob, "base64").toString("latin1"),
      `\0\0\0\x0bssh-ed25519\0\0\0\x20${raw.toString("latin1")}`,
    );
  });

  it("gives Windows' line ends and a missing last one up, and no empty passphrase", () => {
    const { privateKey } = keyPair("lines", "-t", "ed25519", "-N", "");
    const windows = privateKey.trimEnd().replaceAll("\n", "\r\n");
    const data = gitSecretData({ ssh: { privateKey: windows, knownHosts, passphrase: "" } });
    assert.equal(data.identity, privateKey);
    assert.deepEqual(Object.keys(data), ["identity", "identity.pub", "known_hosts"]);
  });

  it("refuses what is no private key, and repeats nothing of it", () => {
    const { privateKey, publicKey } = keyPair("broken", "-t", "ed25519", "-N", "");
    const pkcs8 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }) as string;
    const encrypted = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase,
    }) as string;
    const other = generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    for (const text of [
      publicKey,
      privateKey.slice(0, 200),
      pkcs8.slice(0, 100),
      encrypted,
      other,
      "hello",
      "",
    ]) {
      assert.throws(
        () => gitSecretData({ ssh: { privateKey: text, knownHosts, passphrase } }),
        (error) => {
          assert(error instanceof InputError);
          assert.match(
            error.message,
            /^the SSH private key can't be read: [^?]*\. It must be in PEM or OpenSSH/,
          );
          const material = text.split(/\s+/).filter((word) => word.length > 20);
          for (const word of [...material, passphrase]) assert(!error.message.includes(word), error.message);
          return true;
        },
      );
    }
  });
});

describe("gitSecretData without SSH", () => {
  const ca = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
  it("has user and password, token, and certificates under Flux's names", () => {
    const basic = { username: "flux", password: "p w" };
    assert.deepEqual(gitSecretData({ basic }), basic);
    assert.deepEqual(gitSecretData({ bearer: { token: "t" } }), { bearerToken: "t" });
    const app = { appId: "42", installationId: "7", privateKey: "PEM" };
    assert.deepEqual(gitSecretData({ githubApp: { ...app, apiUrl: "https://git.example.com/api/v3" } }), {
      githubAppID: "42",
      githubAppInstallationID: "7",
      githubAppPrivateKey: "PEM\n",
      githubAppBaseURL: "https://git.example.com/api/v3",
    });
    assert.throws(() => gitSecretData({ ssh: { agent: true, knownHosts } }), /Flux can't use an ssh-agent/);
    assert.deepEqual(gitSecretData({ basic, ca }), { ...basic, "ca.crt": ca });
    assert.deepEqual(gitSecretData({}), {});
  });
});
