import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintsIn, hostKeys, proven, publishedAt } from "../../tools/init/host-key";
import { TestHost } from "../git/host";

const OTHER = `SHA256:${"A".repeat(43)}`;

describe("host keys", function () {
  let host: TestHost;
  let url: URL;
  before(async () => {
    host = await TestHost.start();
    url = new URL(host.sshUrl("calcom"));
  });
  after(() => {
    host.stop();
  });

  it("are as the host shows them, and taken by the fingerprint that it publishes", async () => {
    const known = readFileSync(join(host.keys, "known_hosts"), "utf8");
    const [, , key = ""] = known.trim().split(" ");
    const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64").replace("=", "");
    const keys = await hostKeys(url);
    assert.deepEqual(
      keys.map(({ fingerprint }) => fingerprint),
      [`SHA256:${digest}`],
    );
    assert.equal(proven(keys, `384 SHA256:${digest} host (ECDSA)`, url), known);
    assert.equal(proven(keys, `${OTHER}, ${digest}`, url), known);
  });

  it("are refused when the host shows another one, or when nothing was given", async () => {
    const keys = await hostKeys(url);
    assert.throws(
      () => proven(keys, OTHER, url),
      /shows SHA256:\S+ \(ecdsa-\S+\), and none of them is .*\n→ If you/,
    );
    assert.throws(() => proven(keys, "yes", url), /found no fingerprint; allowed: SHA256: and 43 characters/);
    assert.deepEqual(fingerprintsIn("SHA256:short"), []);
  });

  it("can't be had of a host that isn't there", async () => {
    await assert.rejects(
      hostKeys(new URL("ssh://git@127.0.0.1:9/a/b.git")),
      /\[127\.0\.0\.1\]:9 shows no host key/,
    );
  });

  it("are published elsewhere than they were asked for", () => {
    assert.match(publishedAt(new URL("ssh://git@github.com/a/b.git")), /^https:\/\/docs\.github\.com\//);
    assert.match(publishedAt(new URL("ssh://git@git.acme.dev/a/b.git")), /^ask who runs git\.acme\.dev/);
  });
});
