/** Two clusters of `prod` in one repository, as the README's "Add a cluster" says. */
import { strict as assert } from "node:assert";
import * as path from "node:path";
import { isReady } from "../observed";
import { Sandbox, useSandbox } from "../sandbox";

const REPOSITORY = "your-org/flux-config";
const FOLDERS = ["clusters/staging/", "staging/infrastructure/"];

describe("a second cluster of prod in the same repository", () => {
  const first = useSandbox();
  const second = useSandbox();
  let initial: Readonly<Record<string, string>>;

  const configure = (sandbox: Sandbox, name: "flux-config" | "calcom", key: string): void => {
    const file = (of: string): object => ({ file: path.join(first.state, "keys", of) });
    sandbox.settle(
      [[key, "url"], `${first.env.SANDBOX_GIT_SSH_URL ?? ""}/your-org/${name}.git`],
      [[key, "auth", "ssh"], { privateKey: file(name), knownHosts: file("known_hosts") }],
    );
  };

  it("has folders of its own, and the first one has nothing to do", async () => {
    await first.start();
    await first.up();
    initial = first.files(REPOSITORY);
    await second.start();
    configure(second, "flux-config", "handoff:fluxRepository");
    configure(second, "calcom", "handoff:appRepository");
    second.settle(
      [["handoff:cluster", "name"], "staging"],
      [["handoff:fluxRepository", "path"], "clusters/staging"],
      [["handoff:appRepository", "path"], "k8s/staging"],
      [["handoff:infrastructurePath"], "staging/infrastructure"],
    );
    await second.up();
    const objects = await second.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system");
    assert.ok(objects.length > 8 && objects.every(isReady));
    const after = first.files(REPOSITORY);
    const changed = Object.keys(after).filter((file) => initial[file] !== after[file]);
    assert.deepEqual(
      changed.filter((file) => !FOLDERS.some((folder) => file.startsWith(folder))),
      [],
    );
    await first.up({}, "--expect-no-changes");
  });

  it("goes, and leaves the first one as it is", async () => {
    const { status, output } = await second.command(["run", "--", "destroy"]);
    assert.equal(status, 0, output);
    assert.deepEqual(first.files(REPOSITORY), initial);
    await first.up({}, "--expect-no-changes");
  });
});
