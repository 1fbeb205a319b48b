/**
 * A hand-off to repositories whose branches take no pushes: proposed, merged by somebody, followed, changed while others
 * set an image, and taken back. The commits are signed. The program signs in to Flux's repository by an ssh-agent; Flux
 * itself has keys that only read.
 */
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { eventually } from "./commands";
import { isReady } from "./observed";
import type { RepositoryName } from "./repositories";
import { type Setting, useSandbox } from "./sandbox";

const APP: RepositoryName = "your-org/calcom";
const FLUX: RepositoryName = "your-org/flux-config";
const PASSPHRASE = "canary passphrase";
const deployment = "k8s/prod/30-calcom-deployment.yaml";

interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly html_url: string;
}

describe("a hand-off by pull requests", () => {
  const sandbox = useSandbox();
  let agent = { SSH_AUTH_SOCK: "", SSH_AGENT_PID: "" };
  const inState = (...names: string[]): string => path.join(sandbox.state, ...names);

  before(async () => {
    await sandbox.start();
    const env = execFileSync("ssh-agent", ["-s", "-a", inState("agent")], { encoding: "utf8" });
    const value = (name: string): string => new RegExp(`${name}=([^;]+);`).exec(env)?.[1] ?? "";
    agent = { SSH_AUTH_SOCK: value("SSH_AUTH_SOCK"), SSH_AGENT_PID: value("SSH_AGENT_PID") };
    // One of them: a host takes the first key that it knows, and a deploy key is for one repository.
    execFileSync("ssh-add", ["-q", inState("keys", "flux-config")], { env: { ...process.env, ...agent } });
    const key = ["-q", "-t", "ed25519", "-C", "handoff@example.com", "-N", PASSPHRASE];
    execFileSync("ssh-keygen", [...key, "-f", inState("keys", "signing")]);
    fs.writeFileSync(inState("keys", "passphrase"), PASSPHRASE);
    configure();
    for (const repository of [APP, FLUX])
      await ask(repository, "POST", "branch_protections", { rule_name: "main" });
  });
  after(() => {
    if (agent.SSH_AGENT_PID !== "") execFileSync("ssh-agent", ["-k"], { env: { ...process.env, ...agent } });
  });

  function configure(...more: readonly Setting[]): void {
    const key = (name: string): object => ({ file: inState("keys", name) });
    const repository = (name: string, keys: string): Setting[] => [
      [[name, "fluxAuth"], { ssh: { privateKey: key(`${keys}-read`), knownHosts: key("known_hosts") } }],
      [
        [name, "pullRequest"],
        {
          branch: "handoff",
          host: "gitea",
          token: { env: "SANDBOX_GIT_PASSWORD" },
          apiUrl: `${sandbox.env.SANDBOX_GIT_URL ?? ""}/api/v1`,
        },
      ],
    ];
    sandbox.configure(
      [["handoff:fluxRepository", "auth", "ssh"], { agent: true, knownHosts: key("known_hosts") }],
      ...repository("handoff:fluxRepository", "flux-config"),
      ...repository("handoff:appRepository", "calcom"),
      [["handoff:signing"], { ssh: { privateKey: key("signing"), passphrase: key("passphrase") } }],
      [["handoff:calcom", "images", "keep"], true],
      ...more,
    );
  }

  const options = (): { env: Readonly<Record<string, string>> } => ({ env: agent });
  const preview = async (...args: string[]): Promise<string> => {
    const { status, output } = await sandbox.pulumi(["preview", "--diff", ...args], options());
    assert.equal(status, 0, output);
    return output;
  };

  async function ask(
    repository: RepositoryName,
    method: string,
    at: string,
    body?: object,
  ): Promise<unknown> {
    const { SANDBOX_GIT_URL: host = "", SANDBOX_GIT_PASSWORD: password = "" } = sandbox.env;
    const headers = { authorization: `token ${password}` };
    const url = `${host}/api/v1/repos/${repository}/${at}`;
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    assert(response.ok, `${method} ${url}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
  const open = async (repository: RepositoryName): Promise<readonly PullRequest[]> =>
    (await ask(repository, "GET", "pulls?state=open")) as PullRequest[];
  const merge = async (repository: RepositoryName, Do: "merge" | "squash"): Promise<void> => {
    const [request, ...more] = await open(repository);
    assert(request !== undefined && more.length === 0, "there isn't one open request");
    await ask(repository, "POST", `pulls/${request.number}/merge`, { Do });
  };
  const branches = (): readonly string[] =>
    [APP, FLUX].map((repository) => sandbox.git(repository, "for-each-ref", "refs/heads"));

  describe("pulumi up", () => {
    it("proposes the files, says where and in what order to merge, and ends well", async () => {
      const heads = sandbox.heads();
      const { output } = await sandbox.up(options());
      const addresses = (await Promise.all([APP, FLUX].map(open))).map((requests) => {
        assert.deepEqual(
          requests.map(({ title }) => title),
          ["Hand off Cal.com to Flux"],
        );
        return requests[0]?.html_url ?? "";
      });
      const [app = "", flux = ""] = addresses;
      assert.match(output, /The files are proposed, and reach the cluster when they are merged:/);
      const [first, second] = [output.lastIndexOf(`      ${app}\n`), output.lastIndexOf(`      ${flux}\n`)];
      assert(first > 0 && second > first, output);
      assert.deepEqual(sandbox.heads(), heads);

      const { pending, readme } = await sandbox.outputs();
      assert.deepEqual(pending, { "calcom-app": app, "flux-system": flux });
      assert(String(readme).includes(`## Waits to be merged\n\n1. <${app}>\n2. <${flux}>\n`), String(readme));
      const [request] = await open(FLUX);
      assert(request?.body.includes(`Merge ${app} first.`), request?.body);
    });

    it("leaves Flux running with nothing to do until then", async () => {
      const deployments = await sandbox.get("deployments", "flux-system");
      assert.equal(deployments.length, 4);
      for (const { metadata, status } of deployments) {
        const available = status?.conditions?.find(({ type }) => type === "Available");
        assert.equal(available?.status, "True", metadata.name);
      }
      for (const kind of ["gitrepositories", "kustomizations.kustomize.toolkit.fluxcd.io"]) {
        assert.deepEqual(await sandbox.get(kind, "flux-system"), []);
      }
    });

    it("signs the commits, as git verify-commit sees", () => {
      const signers = inState("signers");
      const key = fs.readFileSync(inState("keys", "signing.pub"), "utf8");
      fs.writeFileSync(signers, `handoff@example.com ${key}`);
      const verify = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${signers}`, "verify-commit"];
      for (const repository of [APP, FLUX]) {
        sandbox.git(repository, ...verify, "handoff");
        assert.throws(() => sandbox.git(repository, ...verify, "main"));
      }
    });

    it("makes no second request and no commit while they wait, and says so again", async () => {
      const before = branches();
      const shown = await preview();
      assert.match(shown, /waits to be merged, unless that was done since: http/);
      const { output } = await sandbox.up(options());
      assert.match(output, /The files are proposed/);
      assert.deepEqual(branches(), before);
      for (const repository of [APP, FLUX]) assert.equal((await open(repository)).length, 1);
    });

    it("follows Flux until the cluster runs what was merged", async () => {
      await merge(APP, "squash");
      await merge(FLUX, "merge");
      const heads = sandbox.heads();
      await sandbox.up(options());
      assert.deepEqual(sandbox.heads(), heads);
      const live = await sandbox.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system");
      assert.equal(live.length, 9);
      for (const object of live) assert(isReady(object), object.metadata.name);
      const { pending, revisions } = await sandbox.outputs();
      assert.deepEqual(pending, {});
      const [app = "", flux = ""] = heads;
      assert.deepEqual(revisions, { "calcom-app": `main@sha1:${app}`, "flux-system": `main@sha1:${flux}` });
      await preview("--expect-no-changes");
    });
  });

  describe("an image that others set", () => {
    const bumped = "calcom/cal.com:v6.2.0";

    it("is no change of ours", async () => {
      await ask(APP, "DELETE", "branch_protections/main");
      sandbox.edit(
        APP,
        deployment,
        (text) => text.replaceAll(/calcom\/cal\.com:\S+/g, bumped),
        "Bump the image",
      );
      await ask(APP, "POST", "branch_protections", { rule_name: "main" });
      await preview("--expect-no-changes");
    });

    it("stays while the rest of the files changes, and the preview shows both", async () => {
      configure([["handoff:calcom", "loadBalancerIP"], "192.168.1.101"]);
      const shown = await preview();
      assert.match(shown, /values of others, kept as the repository has them at the commit:/);
      assert.match(shown, new RegExp(`${deployment}: .*containers.*image`));
      assert.match(shown, new RegExp(`~ ${deployment}: *\n`));
      assert.match(shown, /^ *- .*192\.168\.1\.100$/m);
      assert.match(shown, /^ *\+ .*192\.168\.1\.101$/m);

      await sandbox.up(options());
      assert.equal((await open(APP)).length, 1);
      assert.deepEqual(await open(FLUX), []);
      await merge(APP, "squash");
      await sandbox.up(options());
      const text = sandbox.file(APP, deployment);
      assert(text.includes(`image: ${bumped}`) && text.includes("192.168.1.101"), text);
      const { spec } = await sandbox.object("deployment", "calcom", "calcom");
      assert(JSON.stringify(spec).includes(bumped));
    });
  });

  describe("a change of the program's own source", () => {
    it("is no change of any resource", async () => {
      const copy = inState("copy");
      const checkout = path.resolve(__dirname, "../..");
      const parts = ["Pulumi.yaml", "package.json", "package-lock.json", "tsconfig.json", "index.ts"];
      for (const part of [...parts, "cache", "components", "manifests", "provider", "stacks"]) {
        fs.cpSync(path.join(checkout, part), path.join(copy, part), { recursive: true });
      }
      fs.symlinkSync(path.join(checkout, "node_modules"), path.join(copy, "node_modules"));
      for (const file of ["git/commit-handler.ts", "flux/ready-handler.ts", "flux/install-handler.ts"]) {
        fs.appendFileSync(path.join(copy, "provider", file), "// another comment\n");
      }
      await preview("--expect-no-changes", "--cwd", copy);
    });
  });

  describe("pulumi destroy", () => {
    it("takes the apps down, proposes to remove the files, and says what stays until then", async () => {
      const { status, output } = await sandbox.command(["run", "--", "destroy"], options());
      assert.equal(status, 0, output);
      for (const repository of [APP, FLUX]) {
        const [request] = await open(repository);
        assert(request !== undefined);
        assert(
          output.includes(`the files stay in the repository until ${request.html_url} is merged`),
          output,
        );
      }
      await eventually("the apps and Flux are gone", async () => {
        const left = await sandbox.namespaces();
        for (const name of ["flux-system", "calcom", "cloudflare"]) assert(!left.includes(name), name);
      });
      for (const repository of [APP, FLUX]) await merge(repository, "squash");
      for (const repository of [APP, FLUX]) {
        const start = sandbox.git(repository, "rev-list", "--max-parents=0", "main").trim();
        assert.deepEqual(sandbox.files(repository), sandbox.files(repository, start), repository);
      }
    });
  });
});
