import { strict as assert } from "node:assert";
import type { Sandbox } from "../sandbox";
import { REPOSITORY } from "./homelab-facts";

interface ShownKey {
  readonly title: string;
  /** Type and base64. */
  readonly key: string;
  readonly read_only: boolean;
}

/** The deploy keys that the program has at the git host, by title. */
export async function deployKeys(sandbox: Sandbox): Promise<Readonly<Record<string, ShownKey>>> {
  const { SANDBOX_GIT_URL = "", SANDBOX_GIT_PASSWORD = "" } = sandbox.env;
  const response = await fetch(`${SANDBOX_GIT_URL}/api/v1/repos/${REPOSITORY}/keys`, {
    headers: { authorization: `token ${SANDBOX_GIT_PASSWORD}` },
  });
  const keys = (await response.json()) as readonly ShownKey[];
  const ours = keys.filter(({ title }) => title.startsWith("handoff/"));
  return Object.fromEntries(ours.map((key) => [key.title, key]));
}

const FIRST = "handoff/sandbox flux-system 1 (read-only)";
const SECOND = "handoff/sandbox flux-system 2 (read-only)";

/** The key that the program makes for Flux. */
export function deployKey(sandbox: Sandbox): void {
  describe("a deploy key of Flux's own", () => {
    it("only reads, and its private half is in the cluster's Secret alone", async () => {
      const keys = await deployKeys(sandbox);
      assert.deepEqual(Object.keys(keys), [FIRST]);
      assert.equal(keys[FIRST]?.read_only, true);
      const { identity = "", ...secret } = await sandbox.secret("flux-system", "flux-system");
      assert.equal(secret["identity.pub"]?.trim(), keys[FIRST].key);
      assert.deepEqual(Object.keys(secret).sort(), ["identity.pub", "known_hosts"]);
      const line = identity.split("\n")[1] ?? "";
      assert.ok(line !== "");
      for (const [file, text] of sandbox.texts("backend")) assert.ok(!text.includes(line), file);
      const { spec } = await sandbox.object("gitrepository", "flux-system", "flux-system");
      assert.match(String(spec.url), /^ssh:\/\//);
    });

    it("is rotated by a number, and Flux reads by the new one", async () => {
      const before = (await deployKeys(sandbox))[FIRST]?.key;
      sandbox.settle([["handoff:fluxRepository", "deployKey", "rotate"], 2]);
      await sandbox.up();
      const keys = await deployKeys(sandbox);
      assert.deepEqual(Object.keys(keys), [SECOND]);
      assert.notEqual(keys[SECOND]?.key, before);
      const { status, output } = await sandbox.exec("flux", ["reconcile", "source", "git", "flux-system"]);
      assert.equal(status, 0, output);
      const secret = await sandbox.secret("flux-system", "flux-system");
      assert.equal(secret["identity.pub"]?.trim(), keys[SECOND]?.key);
      await sandbox.up({}, "--expect-no-changes");
    });
  });
}
