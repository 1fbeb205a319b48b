import { strict as assert } from "node:assert";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Server, utils } from "ssh2";
import { RemoteBranch } from "../../provider/git/repository";

describe("a host that answers with another key than known_hosts has", () => {
  const key = (type: "ed25519" | "ecdsa") =>
    type === "ed25519" ? utils.generateKeyPairSync(type) : utils.generateKeyPairSync(type, { bits: 256 });
  const host = key("ed25519");
  const server = new Server({ hostKeys: [host.private] }, (client) => client.on("error", () => undefined));
  let name: string;
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    name = `[127.0.0.1]:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => server.close());

  const fingerprint = async (publicKey: string): Promise<string> => {
    const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
    return Buffer.from(await crypto.subtle.digest("SHA-256", blob))
      .toString("base64")
      .replace(/=+$/, "");
  };

  for (const type of ["ed25519", "ecdsa"] as const)
    it(`is told with its fingerprint, and without ssh's banner: ${type}`, async () => {
      const knownHosts = `${name} ${key(type).public}\n`;
      const url = `ssh://git@${name.replace(/[[\]]/g, "")}/a.git`;
      const auth = { ssh: { privateKey: key("ed25519").private, knownHosts } };
      const failed = RemoteBranch.use({ url, branch: "main", auth }, (it) => it.checkReading());
      await assert.rejects(failed, {
        message:
          `reading from ${url} failed: ${name} has answered with the ED25519 key SHA256:${await fingerprint(host.public)}, and the given known_hosts has another one for it\n` +
          "→ compare that fingerprint with those that the host's documentation publishes. If it is among them, put the host's line of today into the setting `auth.ssh.knownHosts`; if not, whoever answers there may be somebody else.",
      });
    });
});
