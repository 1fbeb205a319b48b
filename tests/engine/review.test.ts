/** Review stacks beside the stack that they are of, by `npm run review` under the real engine: its life is theirs alone. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { installPulumiStandIns } from "../../tools/sandbox/pulumi/install";
import { ACCOUNT, TestCloudflare, TOKEN, ZONE } from "../cloudflare/cloud";
import { type HostedRepository, SIGN_IN, TestHost } from "../git/host";
import { Project } from "./project";
import { findPulumi } from "./stack";

const run = promisify(execFile);

interface Cloud {
  readonly records: readonly { readonly name: string }[];
  readonly tunnels: Readonly<Record<string, { readonly name: string; readonly deleted_at: string | null }>>;
}

describe("review stacks", function () {
  this.timeout(600_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "handoff-review-"));
  const project = new Project(path.join(folder, "project"));
  const cloudflare = new TestCloudflare();
  let host: TestHost | undefined;
  let repository: HostedRepository;
  let env: NodeJS.ProcessEnv;
  let untouched: unknown;

  const prod = (host: string): object => ({
    "handoff:system": "prod",
    "handoff:cluster": { name: "prod", kubeconfig: { env: "PROD_CLUSTER" } },
    "handoff:author": { name: "Handoff", email: "handoff@example.com" },
    "handoff:fluxRepository": {
      ...{ url: host, path: "clusters/prod", retain: ["clusters/prod/kept/"] },
      auth: { basic: { username: "git", password: { env: "GIT_PASSWORD" } } },
    },
    "handoff:cloudflare": {
      ...{ accountId: ACCOUNT, zoneId: ZONE, zone: "example.com", tunnel: { name: "prod" } },
      apiToken: { env: "CLOUDFLARE_API_TOKEN" },
    },
  });
  const template = {
    "handoff:review": { of: "prod" },
    "handoff:cluster": { name: "review-{number}", kubeconfig: { env: "REVIEW_CLUSTER" } },
    "handoff:fluxRepository": { branch: "pr-{number}" },
    "handoff:cloudflare": { tunnel: { name: "review-{number}" } },
  };
  const write = (stack: string, config: object): void => {
    fs.writeFileSync(path.join(project.folder, `Pulumi.${stack}.yaml`), stringify({ config }));
  };
  const command = async (
    name: string,
    ...args: readonly string[]
  ): Promise<{ status: number; output: string }> => {
    const options = { cwd: project.folder, env, maxBuffer: 1 << 26 };
    return await run(name, args, options).then(
      ({ stdout, stderr }) => ({ status: 0, output: stdout + stderr }),
      (error: unknown) => {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { status: code, output: stdout + stderr };
      },
    );
  };
  const well = async (name: string, ...args: readonly string[]): Promise<string> => {
    const { status, output } = await command(name, ...args);
    assert.equal(status, 0, output);
    return output;
  };
  const review = (...args: readonly string[]) =>
    command(process.execPath, project.launcher, "review", ...args);
  const reviewed = (...args: readonly string[]) =>
    well(process.execPath, project.launcher, "review", ...args);
  const bare = (...args: string[]): string =>
    repository.remote.git(repository.remote.folder, "-C", "remote.git", ...args).trim();
  const branches = (): string[] => bare("for-each-ref", "--format=%(refname:short)").split("\n");
  const cloud = async (): Promise<Cloud> => (await cloudflare.state()) as Cloud;
  const hosts = async (): Promise<string[]> => (await cloud()).records.map(({ name }) => name).sort();
  /** All that the parent has. */
  const parents = async (): Promise<unknown> => {
    const { records, tunnels } = await cloud();
    return {
      main: bare("rev-parse", "main"),
      records: records.filter(({ name }) => name === "hello.example.com"),
      tunnels: Object.entries(tunnels).filter(([, { name }]) => name === "prod"),
      outputs: JSON.parse(await well("pulumi", "stack", "export", "--stack", "prod")) as unknown,
    };
  };

  before(async function () {
    const binDir = findPulumi();
    if (binDir === undefined) {
      console.log("      skipped: pulumi isn't on PATH (npm run sandbox -- npm run test:e2e)");
      this.skip();
    }
    await cloudflare.start();
    host = await TestHost.start();
    repository = host.add("flux", {
      "README.md": "# Flux\n",
      "clusters/prod/kustomization.yaml": "resources:\n- ./theirs.yaml\n",
      "clusters/prod/theirs.yaml": "of others\n",
    });
    project.create();
    for (const file of fs.readdirSync(project.folder).filter((name) => /^Pulumi\..+\.yaml$/.test(name)))
      fs.rmSync(path.join(project.folder, file));
    fs.writeFileSync(path.join(project.folder, "index.ts"), 'import "./tests/engine/review/index";\n');
    write("prod", prod(repository.url));
    write("pr", template);
    env = {
      ...process.env,
      PULUMI_HOME: path.join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      CLOUDFLARE_BASE_URL: cloudflare.baseUrl,
      CLOUDFLARE_API_TOKEN: TOKEN,
      GIT_PASSWORD: SIGN_IN.basic.password,
      ...{ PROD_CLUSTER: "of prod", REVIEW_CLUSTER: "of reviews", STACKS: "prod" },
    };
    await installPulumiStandIns(path.join(folder, "home"), binDir, env);
    await well("pulumi", "stack", "init", "prod");
    await well("pulumi", "up", "--stack", "prod", "--yes", "--skip-preview", "--non-interactive");
  });
  after(async () => {
    host?.stop();
    await cloudflare.stop();
    fs.rmSync(folder, { recursive: true });
  });

  it("are made beside it, with hosts, tunnels and branches of their own", async () => {
    untouched = await parents();
    for (const number of ["7", "70"]) await reviewed("up", number);
    assert.deepEqual(branches(), ["main", "pr-7", "pr-70"]);
    assert.deepEqual(await hosts(), [
      "hello-pr-7.example.com",
      "hello-pr-70.example.com",
      "hello.example.com",
    ]);
    assert.equal(bare("show", "pr-7:clusters/prod/hello.yaml"), "urls: https://hello-pr-7.example.com");
    assert.doesNotMatch(bare("ls-tree", "-r", "--name-only", "pr-7"), /theirs/, "others' objects don't run");
    assert.match(bare("ls-tree", "-r", "--name-only", "pr-7"), /README/);
    assert.deepEqual(await parents(), untouched);
  });

  it("follow what a pull request changes, and commit nothing twice", async () => {
    const tip = bare("rev-parse", "pr-7");
    await reviewed("up", "7");
    assert.equal(bare("rev-parse", "pr-7"), tip);
    write("pr", {
      ...template,
      "handoff:fluxRepository": { branch: "pr-{number}", path: "clusters/other" },
    });
    assert.match(await reviewed("preview", "7"), /clusters\/other\/hello\.yaml/);
    assert.equal(bare("rev-parse", "pr-7"), tip);
    write("pr", template);
  });

  it("refuse what the parent has, before anything is changed", async () => {
    const now = { branches: branches(), hosts: await hosts() };
    write("pr", { ...template, "handoff:fluxRepository": { branch: "main" }, "handoff:cloudflare": {} });
    const { status, output } = await review("up", "9");
    assert.notEqual(status, 0);
    assert.match(output, /Pulumi\.pr-9\.yaml has 2 faults:/);
    assert.match(
      output,
      /cloudflare\.tunnel\.name: found "prod"; allowed: a name with the pull request's number 9/,
    );
    assert.deepEqual({ branches: branches(), hosts: await hosts() }, now);
    assert.deepEqual(await parents(), untouched);
    write("pr", template);
    await reviewed("destroy", "9");
  });

  it("don't touch a branch that somebody has by their name", async () => {
    bare("branch", "pr-8", "main");
    repository.remote.git(
      repository.remote.folder,
      "clone",
      "--quiet",
      "-b",
      "pr-8",
      repository.remote.url,
      "theirs",
    );
    const theirs = path.join(repository.remote.folder, "theirs");
    repository.remote.git(theirs, "commit", "--quiet", "--allow-empty", "-m", "Mine");
    repository.remote.git(theirs, "push", "--quiet");
    const tip = bare("rev-parse", "pr-8");
    const { status, output } = await review("up", "8");
    assert.notEqual(status, 0);
    assert.match(output, /pr-8 of .* is there already, with commits that handoff\/pr-8 didn't make/);
    await reviewed("destroy", "8");
    assert.equal(bare("rev-parse", "pr-8"), tip);
    bare("branch", "-D", "pr-8");
  });

  it("go with the pull request, and leave the parent and each other alone", async () => {
    // As in a pipeline, whose checkout has no file of the stack.
    fs.rmSync(path.join(project.folder, "Pulumi.pr-7.yaml"));
    await reviewed("destroy", "7");
    assert.deepEqual(branches(), ["main", "pr-70"]);
    assert.deepEqual(await hosts(), ["hello-pr-70.example.com", "hello.example.com"]);
    assert.ok(!fs.existsSync(path.join(project.folder, "Pulumi.pr-7.yaml")));
    assert.doesNotMatch(await well("pulumi", "stack", "ls"), /pr-7\b(?!0)/);
    assert.deepEqual(await parents(), untouched);
    await reviewed("destroy", "70");
    assert.deepEqual(branches(), ["main"]);
    const { tunnels } = await cloud();
    const left = Object.values(tunnels).filter((tunnel) => tunnel.deleted_at === null);
    assert.deepEqual(
      left.map(({ name }) => name),
      ["prod"],
    );
    assert.deepEqual(await parents(), untouched);
  });

  it("are no fault where there is none", async () => {
    assert.match(await reviewed("destroy", "7"), /There is no stack pr-7\./);
  });
});
