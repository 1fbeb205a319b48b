/** An app of one's own, by the README's line; then Flux chooses and commits its image's tag. One sandbox, steps in order. */
import { strict as assert } from "node:assert";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../commands";
import { startJson } from "../life/first-start";
import { isReady } from "../observed";
import { useSandbox } from "../sandbox";

const FLUX = "your-org/flux-config";
const DEPLOYMENT = "infrastructure/hello/deployment.yaml";

describe("an app of one's own", () => {
  const sandbox = useSandbox("prod", true);
  /** Tags of any image, as a registry lists them: https://github.com/opencontainers/distribution-spec */
  const tags = ["v1.0.0"];
  const registry = http.createServer((request, response) => {
    const [, name] = /^\/v2\/(.+)\/tags\/list/.exec(request.url ?? "") ?? [];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(name === undefined ? "{}" : JSON.stringify({ name, tags }));
  });
  before(async () => {
    await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    registry.closeAllConnections();
    registry.close();
  });
  const image = async (): Promise<string> => {
    const { spec } = await sandbox.object("deployment", "hello", "hello");
    return /"image":"([^"]*)"/.exec(JSON.stringify(spec))?.[1] ?? "";
  };

  it("is one command: its files, its rule and its password are in the first commit", async () => {
    sandbox.create();
    const { stdout } = await sandbox.shell(sandbox.project.documented("npm run new -- app"));
    assert.match(stdout, /stacks\/prod\.ts: added the app hello/);
    const { kustomizations } = await startJson(sandbox);
    await sandbox.readEnvironment();
    assert.deepEqual(
      kustomizations.filter(({ ready }) => !ready),
      [],
    );
    assert.equal(await image(), "ghcr.io/your-org/hello:v1.0.0");
    const { PASSWORD = "" } = await sandbox.secret("hello", "hello");
    assert.ok(PASSWORD.length >= 24, "generated");
    const { tunnels, records } = await sandbox.cloudflare();
    const rules = tunnels.flatMap(({ configuration }) => configuration?.config.ingress ?? []);
    assert.ok(rules.some(({ hostname }) => hostname === "hello.example.com"));
    assert.ok(records.some(({ name }) => name === "hello.example.com"));
    const [ingress] = await sandbox.get("ingresses", "hello");
    assert.match(JSON.stringify(ingress?.spec), /"host":"hello\.example\.com"/);
  });

  it("says what it lacks, before anything changes, when Flux shall choose its tag", async () => {
    const { port } = registry.address() as AddressInfo;
    sandbox.project.edit(
      "stacks/prod.ts",
      'image: "ghcr.io/your-org/hello:v1.0.0",',
      `image: "127.0.0.1:${String(port)}/hello:v1.0.0", imagePolicy: { semver: ">=1.0.0" },`,
    );
    const head = sandbox.head(FLUX);
    const { status, output } = await sandbox.tryUp();
    assert.notEqual(status, 0);
    assert.match(output, /needs image-reflector-controller and image-automation-controller/);
    assert.equal(sandbox.head(FLUX), head);
  });

  it("runs the tag that Flux reads from the registry and commits", async () => {
    const extra = ["image-reflector-controller", "image-automation-controller"];
    sandbox.settle([["handoff:flux", "componentsExtra"], extra]);
    await sandbox.up();
    assert.match(sandbox.file(FLUX, DEPLOYMENT), /hello:v1\.0\.0 # \{"\$imagepolicy": "flux-system:hello"\}/);
    // The controllers are built at their first use.
    await eventually(
      "the tags are read",
      async () => {
        assert.ok(isReady(await sandbox.object("imagepolicy", "flux-system", "hello")));
      },
      600,
    );
    tags.push("v1.1.0");
    const { status, output } = await sandbox.exec("flux", ["reconcile", "image", "repository", "hello"]);
    assert.equal(status, 0, output);
    await eventually("the tag is committed", async () => {
      await sandbox.exec("flux", ["reconcile", "image", "update", "image-automation"]);
      assert.match(sandbox.file(FLUX, DEPLOYMENT), /hello:v1\.1\.0 # \{"\$imagepolicy"/);
    });
    assert.deepEqual(sandbox.commits(FLUX)[0], { author: "Handoff", subject: "Update images" });
    await eventually("the new image runs", async () => {
      await sandbox.exec("flux", ["reconcile", "kustomization", "hello", "--with-source"]);
      assert.match(await image(), /hello:v1\.1\.0$/);
    });
  });

  it("leaves that tag in every later run", async () => {
    const head = sandbox.head(FLUX);
    await sandbox.up();
    assert.equal(sandbox.head(FLUX), head);
    const refreshed = await sandbox.pulumi(["refresh", "--yes", "--skip-preview"]);
    assert.equal(refreshed.status, 0, refreshed.output);
    await sandbox.up();
    assert.equal(sandbox.head(FLUX), head);
  });

  it("goes by a destroy with all that came of it", async () => {
    const { status, output } = await sandbox.command(["run", "--", "destroy"]);
    assert.equal(status, 0, output);
    const start = sandbox.git(FLUX, "rev-list", "--max-parents=0", "main").trim();
    assert.deepEqual(sandbox.files(FLUX), sandbox.files(FLUX, start));
    assert.ok(!(await sandbox.namespaces()).includes("hello"));
  });
});
