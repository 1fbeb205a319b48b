/** A repository that `flux bootstrap` has made and people have written to, taken over by `npm run import` and one `up`. */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { kustomization, kustomizeConfig } from "../../../manifests/flux/objects";
import { toYaml } from "../../../manifests/yaml";
import { eventually, tail } from "../commands";
import { isReady } from "../observed";
import { useSandbox } from "../sandbox";

const REPOSITORY = "your-org/flux-config";
const FOLDER = "clusters/shop";

/** A ConfigMap, which is all that the apps are. */
const settings = (name: string): string =>
  toYaml({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data: { by: "hand" },
  });

const FILES: Readonly<Record<string, string>> = {
  [`${FOLDER}/kustomization.yaml`]: toYaml(
    kustomizeConfig(["./flux-system", "./listed", "./several", "by-hand.yaml"]),
  ),
  [`${FOLDER}/listed/kustomization.yaml`]: toYaml(kustomizeConfig(["00-kustomization-listed.yaml"])),
  [`${FOLDER}/listed/00-kustomization-listed.yaml`]: toYaml(
    kustomization({ name: "listed", path: "./deploy/listed", wait: true }),
  ),
  [`${FOLDER}/by-hand.yaml`]: `# as people write it
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: by-hand, namespace: flux-system}
spec:
  path: ./deploy/by-hand
  prune: true
  interval: 5m
  dependsOn: [{name: listed}]
  sourceRef: {kind: GitRepository, name: flux-system}
`,
  // Documents of one file, and an app whose entry somebody took out.
  [`${FOLDER}/several/kustomization.yaml`]: toYaml(kustomizeConfig(["all.yaml"])),
  [`${FOLDER}/several/all.yaml`]: toYaml([
    kustomization({ name: "one", path: "./deploy/one" }),
    kustomization({ name: "two", path: "./deploy/two", dependsOn: [{ name: "one" }] }),
  ]),
  [`${FOLDER}/resting/kustomization.yaml`]: toYaml(kustomizeConfig(["00-kustomization-resting.yaml"])),
  [`${FOLDER}/resting/00-kustomization-resting.yaml`]: toYaml(
    kustomization({ name: "resting", path: "./deploy/resting" }),
  ),
  ...Object.fromEntries(
    ["one", "two", "resting"].map((name) => [`deploy/${name}/settings.yaml`, settings(name)]),
  ),
  "deploy/listed/settings.yaml": settings("listed"),
  "deploy/by-hand/settings.yaml": settings("by-hand"),
};

const RUN = ["listed", "one", "two", "by-hand"];

describe("a repository that Flux reads already", () => {
  const sandbox = useSandbox("prod", true);
  let head = "";

  /** A command of the project, or of its PATH, for the stack that is made. */
  const command = async (program: string, ...args: string[]): Promise<string> => {
    const { status, output } = await sandbox.exec(program, args);
    assert.equal(status, 0, tail(output));
    return output;
  };
  const pulumi = async (...args: string[]): Promise<string> =>
    await command("pulumi", ...args, "--stack", "shop", "--non-interactive", "--color=never");
  const key = (name: string): string => path.join(sandbox.state, "keys", name);

  /** What runs: what was pruned and made again has another id. */
  const running = async (): Promise<readonly string[]> =>
    (await sandbox.get("configmaps", "default", ...RUN)).map(({ metadata }) => metadata.uid);

  before(async function () {
    this.timeout(1_800_000);
    await sandbox.start();
    for (const [file, text] of Object.entries(FILES))
      sandbox.edit(REPOSITORY, file, () => text, `Add ${file}`);
    await command(
      ...(["flux", "bootstrap", "git", "--silent", "--branch=main", `--path=${FOLDER}`] as const),
      ...[`--url=${sandbox.env.SANDBOX_GIT_SSH_URL ?? ""}/${REPOSITORY}.git`],
      ...[`--private-key-file=${key("flux-config")}`, "--network-policy=false", "--log-level=debug"],
    );
    head = sandbox.head(REPOSITORY);
  });

  it("is told, and becomes a system and a stack, without being changed", async () => {
    const output = await command(
      ...([process.execPath, sandbox.project.launcher, "import", sandbox.bare(REPOSITORY)] as const),
      ...["--stack", "shop", "--author-email", "ops@example.com"],
      ...["--flux-repository-auth-ssh-private-key-file", key("flux-config")],
      ...["--flux-repository-auth-ssh-known-hosts-file", key("known_hosts")],
    );
    assert.match(output, /^ {2}✔ listed \(/m);
    assert.match(output, /^ {2}– by-hand after listed \(/m);
    assert.match(output, /^ {2}✔ two after one \(.*all\.yaml\)/m);
    assert.match(output, /^ {2}✔ resting$/m);
    const file = sandbox.project.read("Pulumi.shop.yaml");
    assert.match(file, /^ {4}networkPolicy: false$/m);
    assert.match(file, /^ {4}logLevel: debug$/m);
    assert.ok(fs.existsSync(path.join(sandbox.project.folder, "stacks", "shop.ts")));
    assert.equal(sandbox.head(REPOSITORY), head);
  });

  it("is taken over by the first `up` without a commit, and what runs goes on", async () => {
    const before = await running();
    await pulumi("preview");
    await pulumi("up", "--yes", "--skip-preview");
    assert.equal(sandbox.head(REPOSITORY), head);
    assert.deepEqual(await running(), before);
    for (const name of ["flux-system", ...RUN])
      assert.ok(isReady(await sandbox.object("kustomization.kustomize", "flux-system", name)), name);
    await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("goes on as it was found in a destroy, and is taken over again", async () => {
    const before = await running();
    assert.match(
      await pulumi("destroy", "--yes", "--skip-preview"),
      /run on, since their files stay: .*listed/,
    );
    assert.deepEqual(sandbox.files(REPOSITORY), sandbox.files(REPOSITORY, head));
    await isAsFound(before);
    await pulumi("up", "--yes", "--skip-preview");
    assert.equal(sandbox.head(REPOSITORY), head);
    assert.deepEqual(await running(), before);
  });

  it("has a parked app, which runs when the system says so, and goes when it doesn't", async () => {
    const before = await running();
    sandbox.project.edit("stacks/shop.ts", "parked: true", "parked: false");
    await pulumi("up", "--yes", "--skip-preview");
    assert.ok(isReady(await sandbox.object("kustomization.kustomize", "flux-system", "resting")));
    assert.deepEqual(await running(), before);
    sandbox.project.edit("stacks/shop.ts", "parked: false", "parked: true");
    await pulumi("up", "--yes", "--skip-preview");
    const names = (await sandbox.get("configmaps", "default")).map(({ metadata }) => metadata.name);
    assert.ok(!names.includes("resting"), names.join());
    assert.deepEqual(sandbox.files(REPOSITORY), sandbox.files(REPOSITORY, head));
    head = sandbox.head(REPOSITORY);
  });

  it("goes on as it was found when the app leaves the system, and in a destroy after it", async () => {
    const before = await running();
    sandbox.project.edit("stacks/shop.ts", "...FOUND,", "");
    await pulumi("up", "--yes", "--skip-preview");
    await pulumi("destroy", "--yes", "--skip-preview");
    assert.deepEqual(sandbox.files(REPOSITORY), sandbox.files(REPOSITORY, head));
    await isAsFound(before);
  });

  const isAsFound = async (before: readonly string[]): Promise<void> => {
    await eventually("what is in git runs", async () => {
      for (const name of ["flux-system", ...RUN])
        assert.ok(isReady(await sandbox.object("kustomization.kustomize", "flux-system", name)), name);
    });
    assert.deepEqual(await running(), before);
  };
});
