import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { Hand, testContext, TestRemote } from "./remote";
import { attempts, FILES, useHost } from "./faults";

describe("faults of the git host", function () {
  const hosting = useHost();
  const { start, converges } = hosting;

  describe("over SSH", () => {
    let remote: TestRemote;
    let url: string;
    before(() => {
      ({ remote } = hosting.host.add("flux-config"));
      url = hosting.host.sshUrl("flux-config");
    });
    const key = (name: string): string => readFileSync(join(hosting.host.keys, name), "utf8");
    const auth = (name: string, knownHosts = key("known_hosts")) => ({
      ssh: { privateKey: key(name), knownHosts },
    });
    const refused = async (given: object, advice: RegExp): Promise<void> => {
      const { hand, ctx } = start(url, given);
      await assert.rejects(hand.up(FILES), advice);
      assert.equal(attempts(ctx.messages), 1);
      assert.deepEqual(remote.log(), ["Start"]);
    };

    it("refuses a host that isn't known, and one with another key", async () => {
      const [address = "", type = ""] = key("known_hosts").split(" ");
      const other = key("calcom.pub").split(" ")[1] ?? "";
      await refused(auth("flux-config", ""), /→ the host's key is not in the given known_hosts/);
      await refused(
        auth("flux-config", `${address} ${type} ${other}\n`),
        /has answered with the \S+ key SHA256:\S+, and the given known_hosts has another one for it\n→ compare that fingerprint/,
      );
    });

    it("names a key that may only read, one of another repository, and one that is none", async () => {
      await refused(auth("flux-config-read"), /marked as read only[^]*→ the credential may read this/);
      await refused(auth("calcom"), /→ there is no such repository, or the credential can't see it/);
      const text = { ssh: { ...auth("calcom").ssh, privateKey: "no key\n" } };
      await refused(text, /→ the host doesn't accept the SSH key/);
    });

    it("is left when the user cancels while the host is silent", async () => {
      const silent = net.createServer(() => undefined);
      await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
      const silentUrl = `ssh://git@127.0.0.1:${String((silent.address() as AddressInfo).port)}/your-org/a.git`;
      const cancel = new AbortController();
      const reached = new Promise((done) => silent.once("connection", done));
      const hand = new Hand(
        silentUrl,
        { ...testContext(), signal: cancel.signal },
        { auth: auth("flux-config") },
      );
      const ended = assert.rejects(hand.up(FILES), { name: "AbortError" });
      await reached;
      cancel.abort();
      await ended;
      silent.close();
    });

    it("lands once with the right key and host", async () => {
      await converges(url, remote, auth("flux-config"));
    });
  });
});
