import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeployKey } from "../../components/git/deploy-key";
import { gitSecretData } from "../../manifests/flux/git-secret";
import { deployKeyHandler } from "../../provider/git/deploy-key-handler";
import { RemoteBranch } from "../../provider/git/repository";
import { UNKNOWN, type Props, type State } from "../../provider/plugin/handler";
import { byName, run } from "../mocks";
import { DeployKeyHost } from "./deploy-key-server";
import { SIGN_IN, TestHost } from "./host";
import { testContext } from "./remote";
import { slow } from "../slow";

const ctx = { ...testContext(), urn: "urn:pulumi:prod::fleet::handoff:git:DeployKey::flux" };
const title = "fleet/prod flux 1 (read-only)";

describe("handler of handoff:git:DeployKey", () => {
  let host: DeployKeyHost;
  let inputs: Props;
  const API = { github: "/api/v3", gitea: "/api/v1", gitlab: "/api/v4" } as const;
  let origin: string;
  beforeEach(async () => {
    host = new DeployKeyHost();
    origin = await host.listen();
    inputs = inputsFor("github");
  });
  afterEach(() => {
    host.close();
  });
  const inputsFor = (name: keyof typeof API): Props => ({
    ...{ url: "ssh://git@git.example.com/org/fleet.git", host: name, apiUrl: origin + API[name] },
    ...{ token: "canary", readOnly: true, rotation: 1 },
  });
  const create = async (news: Props = inputs): Promise<State & { id: string }> => ({
    inputs: news,
    ...(await deployKeyHandler.create(ctx, news)),
  });

  for (const name of Object.keys(API) as (keyof typeof API)[]) {
    it(`registers, reads and removes a key at ${name}`, async () => {
      const key = await create(inputsFor(name));
      const [registered] = host.keys;
      assert.equal(registered?.title, title);
      assert.equal(registered.key, key.outputs.publicKey);
      assert.deepEqual(
        [registered.read_only, registered.can_push],
        name === "gitlab" ? [undefined, false] : [true, undefined],
      );
      assert.deepEqual(await deployKeyHandler.read(ctx, key.id, key), { ...key });
      await deployKeyHandler.delete(ctx, key.id, key);
      assert.deepEqual(host.keys, []);
      // Gone is gone, for a refresh and for a second destroy.
      assert.equal(await deployKeyHandler.read(ctx, key.id, key), undefined);
      await deployKeyHandler.delete(ctx, key.id, key);
    });
  }

  it("gives a key that OpenSSH and Flux read, and keeps its private half secret", async () => {
    const { outputs } = await create();
    const privateKey = String(outputs.privateKey);
    const data = gitSecretData({ ssh: { privateKey, knownHosts: "h" } });
    assert.equal(data["identity.pub"]?.trim(), outputs.publicKey);
    assert.match(String(outputs.publicKey), /^ecdsa-sha2-nistp384 /);
    const folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
    try {
      writeFileSync(join(folder, "key"), privateKey, { mode: 0o600 });
      const read = execFileSync("ssh-keygen", ["-y", "-f", join(folder, "key")], { encoding: "utf8" });
      assert.equal(read.trim(), outputs.publicKey);
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.deepEqual(deployKeyHandler.secrets, ["privateKey"]);
    assert(!JSON.stringify(host.requests).includes("PRIVATE"));
  });

  it("rotates without a gap: both keys are there until the former one is removed", async () => {
    const former = await create();
    const news = { ...inputs, rotation: 2 };
    const diff = await deployKeyHandler.diff(ctx, former.id, former, news);
    assert.deepEqual([diff.replaces, diff.deleteBeforeReplace], [["rotation"], false]);
    const next = await create(news);
    assert.equal(host.keys.length, 2);
    assert.notEqual(next.outputs.publicKey, former.outputs.publicKey);
    await deployKeyHandler.delete(ctx, former.id, former);
    assert.deepEqual(
      host.keys.map(({ id }) => String(id)),
      [next.id],
    );
  });

  it("replaces for another access, and only notes another token", async () => {
    const key = await create();
    const diff = async (change: Props) =>
      await deployKeyHandler.diff(ctx, key.id, key, { ...inputs, ...change });
    assert.deepEqual((await diff({ readOnly: false })).replaces, ["readOnly"]);
    assert.deepEqual(await diff({ token: "other" }), {
      ...{ changes: true, replaces: [], deleteBeforeReplace: false },
      detailed: { token: "update" },
    });
    assert.equal((await diff({})).changes, false);
    const { outputs } = await deployKeyHandler.update(ctx, key.id, key, { ...inputs, token: "other" });
    assert.deepEqual(outputs, { ...key.outputs, token: "other" });
    const news = { ...inputs, token: "other" };
    assert.deepEqual(await deployKeyHandler.preview?.(ctx, news, key), outputs, "known in a preview");
    assert.deepEqual(await deployKeyHandler.preview?.(ctx, news, undefined), news);
    // Both accesses of one rotation can be there at once.
    await create({ ...inputs, readOnly: false });
    assert.equal(host.keys.length, 2);
  });

  it("removes what a killed run left, on any page, and no key of others", async () => {
    const others = Array.from({ length: 60 }, (_, index) => ({
      id: 1000 + index,
      title: `key ${String(index)}`,
      key: "k",
    }));
    host.keys.push(...others);
    await create();
    const left = await create();
    const ours = host.keys.filter((key) => key.title === title).map(({ id }) => String(id));
    assert.deepEqual(ours, [left.id]);
    assert.equal(host.keys.length, 61);
  });

  const refusals: readonly [number, object, RegExp][] = [
    [401, { message: "Bad credentials" }, /HTTP 401, Bad credentials\n→ Check `token`/],
    [
      403,
      { message: "Resource not accessible by personal access token" },
      /accessible by personal access token\n→ Give the token the right to administer/,
    ],
    [404, { message: "Not Found" }, /HTTP 404, Not Found\n→ Check the address of the repository/],
    [
      422,
      { message: "Deploy keys are disabled for this repository" },
      /disabled for this repository\n→ Check that the organisation/,
    ],
  ];
  for (const [status, body, message] of refusals) {
    it(`shows what the host says to ${String(status)}, and what to do, without the token`, async () => {
      host.refusal = [status, body];
      await assert.rejects(create(), (error: Error) => {
        assert.equal(error.name, "UserError");
        assert.match(error.message, message);
        return !error.message.includes("canary");
      });
    });
  }
});

describe("a deploy key at a git host", function () {
  let host: TestHost;
  let inputs: Props;
  beforeEach(async () => {
    host = await TestHost.start();
    const { url } = host.add("calcom", { "README.md": "# Repo\n" });
    inputs = { url, host: "gitea", token: SIGN_IN.basic.password, readOnly: true, rotation: 1 };
  });
  afterEach(() => {
    host.stop();
  });

  const create = async (news: Props): Promise<State & { id: string }> => ({
    inputs: news,
    ...(await deployKeyHandler.create(ctx, news)),
  });
  /** As Flux reads, and as its image automation pushes. */
  const access = async ({ outputs }: State, what: "checkReading" | "checkAccess"): Promise<void> => {
    const knownHosts = readFileSync(join(host.keys, "known_hosts"), "utf8");
    const auth = { ssh: { privateKey: String(outputs.privateKey), knownHosts } };
    await RemoteBranch.use({ url: host.sshUrl("calcom"), branch: "main", auth }, (it) => it[what]());
  };

  slow("lets its holder in from its registration to its removal, and the next one before that", async () => {
    const former = await create(inputs);
    await access(former, "checkReading");
    const next = await create({ ...inputs, rotation: 2 });
    await access(former, "checkReading");
    await access(next, "checkReading");
    await deployKeyHandler.delete(ctx, former.id, former);
    await access(next, "checkReading");
    await assert.rejects(access(former, "checkReading"), /the host doesn't accept the SSH key/);
    await deployKeyHandler.delete(ctx, next.id, next);
    await assert.rejects(access(next, "checkReading"), /the host doesn't accept the SSH key/);
  });

  slow("pushes only when it may", async () => {
    await assert.rejects(access(await create(inputs), "checkAccess"), /but not write to it/);
    await access(await create({ ...inputs, readOnly: false }), "checkAccess");
  });

  slow("stays with a Flux that stays, and goes in a rotation all the same", async () => {
    const former = await create({ ...inputs, stays: true });
    const next = await create({ ...inputs, stays: true, rotation: 2 });
    await deployKeyHandler.delete(ctx, former.id, former);
    await assert.rejects(access(former, "checkReading"), /the host doesn't accept the SSH key/);
    await deployKeyHandler.delete(ctx, next.id, next);
    await access(next, "checkReading");
    // Another stack's key is no next one of ours.
    const another = { ...ctx, urn: ctx.urn.replace("prod", "prod2") };
    await deployKeyHandler.create(another, { ...inputs, rotation: 1 });
    await deployKeyHandler.delete(ctx, next.id, next);
    await access(next, "checkReading");
  });

  it("needn't be known to stay in a preview, and makes no other key then", async () => {
    const key = await create({ ...inputs, stays: true });
    const diff = async (stays: unknown) =>
      await deployKeyHandler.diff(ctx, key.id, key, { ...key.inputs, stays });
    assert.equal((await diff(UNKNOWN)).changes, false);
    assert.deepEqual(await diff(false), {
      ...{ changes: true, replaces: [], deleteBeforeReplace: false },
      detailed: { stays: "update" },
    });
  });

  it("is missed by a refresh when somebody removed it", async () => {
    const key = await create(inputs);
    assert.deepEqual(await deployKeyHandler.read(ctx, key.id, key), key);
    await deployKeyHandler.delete(ctx, key.id, key);
    assert.equal(await deployKeyHandler.read(ctx, key.id, key), undefined);
  });
});

describe("DeployKey", () => {
  it("keeps token and key secret, and reads unless told otherwise", async () => {
    const { resources } = await run({}, () => {
      new DeployKey("flux", { url: "ssh://git@github.com/org/fleet.git", host: "github", token: "canary" });
    });
    const { inputs } = byName(resources, "flux");
    assert.deepEqual(inputs, {
      ...{ url: "ssh://git@github.com/org/fleet.git", host: "github", token: { secret: "canary" } },
      ...{ readOnly: true, rotation: 1 },
    });
  });
});
