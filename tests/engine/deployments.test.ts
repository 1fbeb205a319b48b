/** `npm run deployments` with the real CLI, against a stand-in of the part of Pulumi Cloud's API that it talks to. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { findPulumi } from "./stack";

const STACK = "acme/handoff/prod";
const root = path.resolve(__dirname, "../..");

type Json = Record<string, unknown>;

/** As the API merges: objects key by key, null removes. */
function merge(into: Json, patch: Json): Json {
  const merged = { ...into };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else if (typeof value === "object" && !Array.isArray(value))
      merged[key] = merge((merged[key] ?? {}) as Json, value as Json);
    else merged[key] = value;
  }
  return merged;
}

class PulumiCloud {
  settings: Json = {};
  readonly requests: string[] = [];
  private server!: Server;
  url = "";

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      void this.answer(request).then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = "", url = "", headers } = request;
    this.requests.push(`${method} ${url}`);
    if (headers.authorization !== "token pul-test") return { status: 401, body: { message: "Unauthorized" } };
    const ok = (found: unknown) => ({ status: 200, body: found });
    if (url === "/api/user") return ok({ githubLogin: "me", organizations: [{ githubLogin: "acme" }] });
    if (url.startsWith("/api/capabilities")) return ok({ capabilities: [] });
    if (url === `/api/stacks/${STACK}`)
      return ok({ orgName: "acme", projectName: "handoff", stackName: "prod", version: 1, tags: {} });
    if (url === `/api/stacks/${STACK}/deployments/settings`) {
      if (method === "POST") this.settings = merge(this.settings, JSON.parse(body) as Json);
      return ok(this.settings);
    }
    return { status: 404, body: { code: 404, message: "Not Found" } };
  }
}

describe("npm run deployments", function () {
  this.timeout(120_000);
  const cloud = new PulumiCloud();
  let folder: string;
  before(async function () {
    if (findPulumi() === undefined) {
      console.log("      skipped: pulumi isn't on PATH (npm run sandbox -- npm run test:e2e)");
      this.skip();
    }
    await cloud.start();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "deployments-"));
    const sample = fs.readFileSync(path.join(root, ".github/deployments/prod.yaml"), "utf8");
    const own = sample.replaceAll("your-org", "acme").replace(/^secrets: .*$/m, "secrets: [CANARY, LATER]");
    fs.writeFileSync(path.join(folder, "prod.yaml"), own);
  });
  after(() => {
    cloud.stop();
    fs.rmSync(folder, { recursive: true });
  });

  const run = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    await new Promise<{ status: number; output: string }>((done) => {
      const all = {
        ...process.env,
        ...{ PULUMI_HOME: path.join(folder, "home"), PULUMI_BACKEND_URL: cloud.url },
        ...{ PULUMI_ACCESS_TOKEN: "pul-test", PULUMI_SKIP_UPDATE_CHECK: "true", CI: "true" },
        ...env,
      };
      execFile(
        process.execPath,
        ["tools/run.js", "deployments", "--from", folder, ...args],
        { cwd: root, env: all },
        (error, stdout, stderr) => {
          done({ status: error === null ? 0 : Number(error.code), output: stdout + stderr });
        },
      );
    });

  it("names secrets that are neither set nor at hand, and sets nothing", async () => {
    const { status, output } = await run(["prod", "--apply"], { CANARY: "canary-1" });
    assert.equal(status, 2, output);
    assert.match(output, /acme\/handoff\/prod has no value of LATER\n→ Put each into the environment/);
    assert.deepEqual(cloud.settings, {});
  });

  it("shows what differs", async () => {
    const { status, output } = await run([], { CANARY: "canary-1", LATER: "canary-2" });
    assert.equal(status, 1, output);
    assert.match(output, /^ {2}repository: none → acme\/infrastructure$/m);
    assert.deepEqual(cloud.settings, {});
  });

  it("sets it by the CLI, and secrets where no argument shows them", async () => {
    const { status, output } = await run(["--apply"], { CANARY: "canary-1", LATER: "canary-2" });
    assert.equal(status, 0, output);
    assert.ok(!output.includes("canary-"), output);
    const { gitHub, operationContext } = cloud.settings as {
      gitHub: { repository: string; deployCommits: boolean; paths: readonly string[] };
      operationContext: { environmentVariables: Json; preRunCommands: readonly string[] };
    };
    assert.equal(gitHub.repository, "acme/infrastructure");
    assert.equal(gitHub.deployCommits, true);
    assert.ok(gitHub.paths.includes("stacks/**"), gitHub.paths.join());
    assert.equal(operationContext.preRunCommands.length, 1);
    assert.deepEqual(operationContext.environmentVariables, {
      KUBECONFIG: "/tmp/kubeconfig",
      CANARY: { secret: "canary-1" },
      LATER: { secret: "canary-2" },
    });
  });

  it("finds nothing to do then, and leaves what others set", async () => {
    cloud.settings = merge(cloud.settings, { operationContext: { environmentVariables: { THEIRS: "1" } } });
    const { status, output } = await run([]);
    assert.equal(status, 0, output);
    assert.match(output, /^acme\/handoff\/prod: as its file says$/m);
    assert.match(output, /^ {2}THEIRS: set there and not in the file; left alone$/m);
  });

  it("goes by the CLI's own sign-in where the variables are empty, as pipelines make those that aren't set", async () => {
    const home = path.join(folder, "signed-in");
    fs.mkdirSync(home);
    const credentials = {
      current: cloud.url,
      accessTokens: { [cloud.url]: "pul-test" },
      accounts: { [cloud.url]: { accessToken: "pul-test", username: "me" } },
    };
    fs.writeFileSync(path.join(home, "credentials.json"), JSON.stringify(credentials), { mode: 0o600 });
    const empty = { PULUMI_HOME: home, PULUMI_BACKEND_URL: "", PULUMI_ACCESS_TOKEN: "" };
    cloud.settings = {};
    const { status, output } = await run(["--apply"], { ...empty, CANARY: "canary-1", LATER: "canary-3" });
    assert.equal(status, 0, output);
    const { operationContext } = cloud.settings as { operationContext?: { environmentVariables: Json } };
    assert.deepEqual(operationContext?.environmentVariables.LATER, { secret: "canary-3" });
  });

  it("tells a refused sign-in as the CLI does", async () => {
    const { status, output } = await run([], { PULUMI_ACCESS_TOKEN: "pul-wrong" });
    assert.equal(status, 2);
    assert.match(output, /401|Unauthorized|invalid access token/);
    assert.ok(!output.includes("pul-wrong"), output);
  });
});
