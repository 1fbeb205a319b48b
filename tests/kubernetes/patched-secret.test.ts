import { strict as assert } from "node:assert";
import { patchedSecretHandler as handler } from "../../provider/kubernetes/patched-secret-handler";
import { UNKNOWN, type Props, type State } from "../../provider/plugin/handler";
import { testContext } from "../git/remote";
import { SecretServer } from "./secret-server";

const PATH = "stalwart/stalwart-secrets";
const RECONCILE = "kustomize.toolkit.fluxcd.io/reconcile";
const data = { "admin-password": "canary-admin", "resend-api-key": "canary-resend" };

describe("handler of handoff:kubernetes:PatchedSecret", () => {
  const ctx = testContext();
  let server: SecretServer;
  let state: State | undefined;

  beforeEach(async () => {
    server = new SecretServer();
    await server.start();
    server.namespaces.set("stalwart", { terminating: false });
    state = undefined;
    ctx.messages.length = 0;
  });
  afterEach(async () => {
    assert.doesNotMatch(ctx.messages.join("\n"), /canary/);
    assert.doesNotMatch(JSON.stringify(state?.outputs ?? {}), /canary/);
    await server.stop();
  });

  async function checked(more: Props = {}): Promise<Props> {
    const inputs = {
      kubeconfig: server.kubeconfig,
      name: "stalwart-secrets",
      namespace: "stalwart",
      data,
      timeoutSeconds: 0,
      ...more,
    };
    const { inputs: news, failures = [] } = (await handler.check?.(ctx, inputs, state?.inputs)) ?? { inputs };
    assert.deepEqual(failures, []);
    return news;
  }

  const diff = async (news: Props): Promise<Record<string, string>> => {
    assert(state !== undefined);
    const { changes, replaces = [], detailed = {} } = await handler.diff(ctx, PATH, state, news);
    assert.equal(changes, Object.keys(detailed).length > 0);
    assert.deepEqual(
      replaces,
      Object.keys(detailed).filter((key) => detailed[key] === "update-replace"),
    );
    return detailed;
  };

  /** What the engine does in `up`; gives what changed. */
  async function up(more: Props = {}): Promise<Record<string, string>> {
    const inputs = await checked(more);
    if (state === undefined) {
      state = { inputs, outputs: (await handler.create(ctx, inputs)).outputs };
      return { created: "add" };
    }
    const changes = await diff(inputs);
    if (Object.keys(changes).length === 0) return changes;
    state = { inputs, outputs: (await handler.update(ctx, PATH, state, inputs)).outputs };
    return changes;
  }

  /** What `pulumi refresh` finds, as changes of the inputs. */
  async function refresh(): Promise<void> {
    assert(state !== undefined);
    const found = await handler.read(ctx, PATH, state);
    state = found && { inputs: found.inputs, outputs: found.outputs };
  }

  it("makes the Secret that Flux doesn't make, with the annotation", async () => {
    await up();
    assert.deepEqual(server.texts(PATH), data);
    assert.deepEqual(server.secrets.get(PATH)?.metadata.annotations, { [RECONCILE]: "disabled" });
    assert.deepEqual(new Set(Object.values(server.secrets.get(PATH)!.owners)), new Set(["handoff"]));
    assert.equal(state?.outputs.created, true);
  });

  it("does nothing the second time, and nothing in a refresh", async () => {
    await up();
    server.writes.length = 0;
    assert.deepEqual(await up(), {});
    await refresh();
    assert.deepEqual(await up(), {});
    assert.deepEqual(server.writes, []);
  });

  it("is written again by a plain `up` when somebody deleted it, or keys of it", async () => {
    await up();
    server.secrets.delete(PATH);
    assert.deepEqual(await up(), { reconcile: "update" });
    server.write(PATH, { "admin-password": undefined, others: "theirs" });
    assert.deepEqual(await up(), { reconcile: "update" });
    assert.deepEqual(server.texts(PATH), { ...data, others: "theirs" });
    assert.deepEqual(ctx.messages, [
      `the Secret ${PATH} is gone: \`up\` writes it again`,
      `the Secret ${PATH} has no admin-password any more: \`up\` writes it again`,
    ]);
    assert.deepEqual(await up(), {});
  });

  it("takes an own key of a Secret of others, and leaves theirs", async () => {
    server.write(PATH, { "admin-password": "REPLACE_ME_strong_password_here", others: "theirs" });
    await up();
    assert.deepEqual(server.texts(PATH), { ...data, others: "theirs" });
    assert.equal(state?.outputs.created, false);
  });

  it("takes over a key that has the value already", async () => {
    server.write(PATH, { "admin-password": "canary-admin" });
    await up();
    assert.deepEqual(server.texts(PATH), data);
  });

  it("refuses to replace a value that something may live by, and never shows it", async () => {
    server.write(PATH, { "admin-password": "canary-theirs" });
    await assert.rejects(up(), (error: Error) => {
      assert.match(
        error.message,
        /^Secret stalwart\/stalwart-secrets already has other values for admin-password/,
      );
      assert.match(error.message, /kubectl patch secret stalwart-secrets -n stalwart --type=json/);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
    assert.deepEqual(server.texts(PATH), { "admin-password": "canary-theirs" });
  });

  it("goes on with what a killed run wrote", async () => {
    await up({ data: { ...data, "admin-password": "canary-former" } });
    state = undefined;
    await up();
    assert.deepEqual(server.texts(PATH), data);
  });

  it("writes another value, adds and removes keys, and names the keys only", async () => {
    await up();
    const changes = await up({ data: { "admin-password": "canary-new", "api-key": "canary-api" } });
    assert.deepEqual(changes, {
      'digests["admin-password"]': "update",
      'digests["resend-api-key"]': "update",
      'digests["api-key"]': "update",
    });
    assert.deepEqual(server.texts(PATH), { "admin-password": "canary-new", "api-key": "canary-api" });
  });

  const drifts: readonly [string, () => void, readonly string[]][] = [
    [
      "a patched value",
      () => {
        server.write(PATH, { "admin-password": "by hand" });
      },
      ['digests["admin-password"]'],
    ],
    [
      "a removed key",
      () => {
        server.write(PATH, { "resend-api-key": undefined });
      },
      ['digests["resend-api-key"]'],
    ],
    [
      "a missing annotation",
      () => {
        Reflect.deleteProperty(server.secrets.get(PATH)!.metadata.annotations, RECONCILE);
      },
      ["reconcile"],
    ],
  ];
  for (const [what, change, expected] of drifts) {
    it(`sees ${what} in a refresh, and puts it right in the next up`, async () => {
      await up();
      change();
      // What is there at all, a plain `up` sees; what it says, a refresh.
      if (what !== "a removed key") assert.deepEqual(await up(), {});
      await refresh();
      assert.deepEqual(Object.keys(await up()), expected);
      assert.deepEqual(server.texts(PATH), data);
      assert.deepEqual(server.secrets.get(PATH)?.metadata.annotations, { [RECONCILE]: "disabled" });
    });
  }

  it("doesn't see others' keys in a refresh", async () => {
    await up();
    server.write(PATH, { others: "theirs" });
    await refresh();
    assert.deepEqual(await up(), {});
  });

  it("makes anew a Secret that is gone", async () => {
    await up();
    server.secrets.clear();
    await refresh();
    assert.equal(state, undefined);
    await up();
    assert.deepEqual(server.texts(PATH), data);
  });

  it("deletes the Secret that it made, when nobody else has a key in it", async () => {
    await up();
    await handler.delete(ctx, PATH, state!);
    assert.equal(server.texts(PATH), undefined);
    await handler.delete(ctx, PATH, state!);
  });

  it("deletes its keys only where others have theirs, and leaves the annotation", async () => {
    await up();
    server.write(PATH, { others: "theirs" });
    await handler.delete(ctx, PATH, state!);
    assert.deepEqual(server.texts(PATH), { others: "theirs" });
    assert.deepEqual(server.secrets.get(PATH)?.metadata.annotations, { [RECONCILE]: "disabled" });
  });

  it("never deletes a Secret that it didn't make", async () => {
    server.write(PATH, { "admin-password": "REPLACE_ME" });
    await up();
    await handler.delete(ctx, PATH, state!);
    assert.deepEqual(server.texts(PATH), {});
  });

  for (const [what, terminating] of [
    ["that isn't there", undefined],
    ["that is going", true],
  ] as const) {
    it(`says which namespace it waited for, ${what}`, async () => {
      if (terminating === undefined) server.namespaces.clear();
      else server.namespaces.set("stalwart", { terminating });
      await assert.rejects(up(), { message: /^namespace stalwart isn't there after 0 s: Flux makes it\n→ / });
      assert.deepEqual(server.writes, []);
    });
  }

  it("doesn't wait for a namespace that comes with a pull request, and looks again afterwards", async () => {
    server.namespaces.clear();
    await up({ pending: ["https://git.example.com/homelab/1"] });
    assert.equal(state?.outputs.waits, true);
    await refresh();
    server.namespaces.set("stalwart", { terminating: false });
    assert.deepEqual(await up(), { pending: "update" });
    assert.deepEqual(server.texts(PATH), data);
    assert.equal(state.outputs.created, true);
    assert.deepEqual(await up(), {});
  });

  it("writes its keys again in a cluster that was made anew", async () => {
    await up({ trigger: "uid-1" });
    server.secrets.clear();
    assert.deepEqual(await up({ trigger: "uid-2" }), { trigger: "update" });
    assert.deepEqual(server.texts(PATH), data);
    assert.deepEqual(await up({ trigger: "uid-2" }), {});
  });

  it("replaces for another name or namespace", async () => {
    await up();
    assert.deepEqual(Object.keys(await diff(await checked({ name: "other" }))).includes("name"), true);
    const changes = await diff({ ...(await checked()), namespace: "other" });
    assert.deepEqual(changes, { namespace: "update-replace" });
  });

  it("knows no digest of a value that isn't known", async () => {
    const { digests } = await checked({ data: { ...data, "admin-password": UNKNOWN } });
    assert.equal((digests as Record<string, string>)["admin-password"], UNKNOWN);
    assert.match((digests as Record<string, string>)["resend-api-key"]!, /^scrypt:[0-9a-f]{32}$/);
    assert.equal((await checked({ data: UNKNOWN })).digests, UNKNOWN);
  });
});
