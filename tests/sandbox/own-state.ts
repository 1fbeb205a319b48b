import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives the tests of this `describe` a sandbox state and a cache of their own. */
export function ownState(): () => string {
  let folder = "";
  const previous: Record<string, string | undefined> = {};
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
    for (const [name, value] of Object.entries({
      SANDBOX_STATE: folder,
      XDG_CACHE_HOME: join(folder, "cache"),
    })) {
      previous[name] = process.env[name];
      process.env[name] = value;
    }
  });
  after(() => {
    for (const [name, value] of Object.entries(previous)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
