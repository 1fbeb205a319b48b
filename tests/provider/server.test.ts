import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogSeverity, type LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { UNKNOWN } from "../../provider/plugin/handler";

const THING = "urn:pulumi:prod::handoff::my:index:Component$test:index:Thing::thing";
const PLAIN = "urn:pulumi:prod::handoff::test:index:Plain::plain";
const secret = (value: unknown): object => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});
const struct = (value: object): Struct => Struct.fromJavaScript(value as never);

/** The provider's server in a process of its own, and the engine's ends of the two connections. */
class Plugin {
  readonly logs: string[] = [];
  private readonly engine = new grpc.Server();
  private process!: ChildProcess;
  private client!: ResourceProviderClient;

  async start(): Promise<void> {
    this.engine.addService(EngineService, {
      log: (call: { request: LogRequest }, answer: grpc.sendUnaryData<Empty>) => {
        const { severity, message, urn, ephemeral } = call.request.toObject();
        const name = severity === LogSeverity.WARNING ? "warning" : "info";
        this.logs.push(`${name}${ephemeral ? " (status)" : ""} ${urn.split("::").at(-1)!}: ${message}`);
        answer(null, new Empty());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      this.engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    const args = ["--import", "tsx", join(__dirname, "plugin.ts"), `127.0.0.1:${port}`];
    this.process = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(this.process.stdout!, "data")) as [Buffer];
    assert.match(line.toString(), /^\d+\n$/);
    this.client = new ResourceProviderClient(
      `127.0.0.1:${line.toString().trim()}`,
      grpc.credentials.createInsecure(),
    );
  }

  async stop(): Promise<void> {
    this.client.close();
    this.engine.forceShutdown();
    if (this.process.exitCode === null) {
      this.process.kill();
      await once(this.process, "exit");
    }
  }

  /** One call of the client's, such as `call<rpc.ReadResponse>((client, done) => client.read(request, done))`. */
  call<Response>(
    start: (
      client: ResourceProviderClient,
      done: (error: Error | null, response: Response) => void,
    ) => unknown,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      start(this.client, (error, response) => {
        if (error === null) resolve(response);
        else reject(error);
      });
    });
  }

  create(inputs: object, { preview = false, urn = THING } = {}): Promise<rpc.CreateResponse> {
    const request = new rpc.CreateRequest().setUrn(urn).setProperties(struct(inputs)).setPreview(preview);
    return this.call<rpc.CreateResponse>((client, done) => client.create(request, done));
  }
}

describe("serve", () => {
  const plugin = new Plugin();
  before(() => plugin.start());
  after(() => plugin.stop());
  beforeEach(() => {
    plugin.logs.length = 0;
  });
  const details = (pattern: RegExp | string) => (error: unknown) => {
    const text = (error as grpc.ServiceError).details;
    if (typeof pattern === "string") assert.equal(text, pattern);
    else assert.match(text, pattern);
    return true;
  };

  it("tells its version, and that it makes previews and takes plain secrets", async () => {
    const info = await plugin.call<{ getVersion(): string }>((client, done) =>
      client.getPluginInfo(new Empty(), done),
    );
    assert.equal(info.getVersion(), "1.2.3");
    const configured = await plugin.call<rpc.ConfigureResponse>((client, done) =>
      client.configure(new rpc.ConfigureRequest(), done),
    );
    assert.equal(configured.getSupportspreview(), true);
    assert.equal(configured.getAcceptsecrets(), true);
  });

  const checkRequest = (inputs: object) => new rpc.CheckRequest().setUrn(THING).setNews(struct(inputs));

  it("checks: the inputs as the handler gives them, and its failures by path", async () => {
    const check = (inputs: object) =>
      plugin.call<rpc.CheckResponse>((client, done) => client.check(checkRequest(inputs), done));
    const passed = await check({ name: secret({ deep: [secret("x")] }) });
    assert.deepEqual(passed.getInputs()?.toJavaScript(), {
      name: secret({ deep: ["x"] }),
      checked: true,
    });
    assert.deepEqual(passed.getFailuresList(), []);
    assert.deepEqual(
      (await check({ name: "" })).getFailuresList().map((failure) => failure.toObject()),
      [{ property: 'files["a.yaml"]', reason: "it is empty" }],
    );
  });

  it("checks the provider's own settings", async () => {
    const response = await plugin.call<rpc.CheckResponse>((client, done) =>
      client.checkConfig(checkRequest({ endpoint: "x", version: "1.2.3", endpiont: "x" }), done),
    );
    assert.deepEqual(
      response.getFailuresList().map((failure) => failure.toObject()),
      [{ property: "endpiont", reason: "test doesn't know this setting; it knows endpoint" }],
    );
  });

  const diff = async (urn: string, olds: object, news: object) => {
    const request = new rpc.DiffRequest().setUrn(urn).setId("thing-id");
    request.setOldInputs(struct(olds)).setOlds(struct(olds)).setNews(struct(news));
    return await plugin.call<rpc.DiffResponse>((client, done) => client.diff(request, done));
  };

  it("tells a difference in detail", async () => {
    const response = await diff(THING, { name: "a" }, { name: secret("b") });
    const { DIFF_SOME } = rpc.DiffResponse.DiffChanges;
    assert.equal(response.getChanges(), DIFF_SOME);
    assert.deepEqual(response.getReplacesList(), ["name"]);
    assert.equal(response.getDeletebeforereplace(), true);
    assert.equal(response.getHasdetaileddiff(), true);
    const { Kind } = rpc.PropertyDiff;
    const detailed = response.getDetaileddiffMap().toObject(false, (_, message) => message.toObject());
    assert.deepEqual(
      Object.fromEntries(detailed),
      Object.fromEntries(
        [
          ["name", Kind.UPDATE_REPLACE],
          ['files["a.b"]', Kind.ADD],
          ["files.c", Kind.DELETE],
          ["list[0]", Kind.UPDATE],
          ["added", Kind.ADD_REPLACE],
          ["gone", Kind.DELETE_REPLACE],
        ].map(([path, kind]) => [path, { kind, inputdiff: true }]),
      ),
    );
    assert.deepEqual(response.getDiffsList().sort(), ["added", "files", "gone", "list", "name"]);
  });

  it("tells that there is no difference, as one whose plaintext is the same", async () => {
    const response = await diff(THING, { name: "a" }, { name: secret("a") });
    assert.equal(response.getChanges(), rpc.DiffResponse.DiffChanges.DIFF_NONE);
    assert.equal((await diff(PLAIN, {}, {})).getHasdetaileddiff(), false);
  });

  it("previews: computed outputs are unknown unless the handler tells them", async () => {
    const created = await plugin.create({ name: "a" }, { preview: true });
    assert.equal(created.getId(), "");
    assert.deepEqual(created.getProperties()?.toJavaScript(), {
      name: "a",
      size: UNKNOWN,
      token: secret(UNKNOWN),
    });
    const plain = await plugin.create({ name: UNKNOWN }, { preview: true, urn: PLAIN });
    assert.deepEqual(plain.getProperties()?.toJavaScript(), { name: UNKNOWN, size: UNKNOWN });

    const request = new rpc.UpdateRequest().setUrn(THING).setId("thing-id").setPreview(true);
    request
      .setOlds(struct({ size: 7 }))
      .setOldInputs(struct({}))
      .setNews(struct({ name: "b" }));
    const updated = await plugin.call<rpc.UpdateResponse>((client, done) => client.update(request, done));
    assert.deepEqual(updated.getProperties()?.toJavaScript(), { name: "b", size: 7, token: secret(UNKNOWN) });
    assert.deepEqual(plugin.logs, []);
  });

  it("creates: secret outputs are marked, messages go to the resource's line", async () => {
    const created = await plugin.create({ name: "a", none: null });
    assert.equal(created.getId(), "thing-id");
    assert.deepEqual(created.getProperties()?.toJavaScript(), {
      name: "a",
      none: null,
      size: 1,
      token: secret("canary"),
    });
    while (plugin.logs.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(plugin.logs.sort(), ["info thing: made", "warning thing: a warning"]);
  });

  it("reads, also what is gone, and deletes", async () => {
    const read = (id: string) => {
      const request = new rpc.ReadRequest().setUrn(THING).setId(id);
      request.setInputs(struct({ name: "a" })).setProperties(struct({ name: "a", token: "canary" }));
      return plugin.call<rpc.ReadResponse>((client, done) => client.read(request, done));
    };
    const found = await read("thing-id");
    assert.equal(found.getId(), "thing-id");
    assert.deepEqual(found.getInputs()?.toJavaScript(), { name: "a" });
    assert.deepEqual(found.getProperties()?.toJavaScript(), { name: "a", token: secret("canary") });
    assert.equal((await read("gone")).getId(), "");

    const remove = (id: string) =>
      plugin.call<Empty>((client, done) =>
        client.delete(new rpc.DeleteRequest().setUrn(THING).setId(id).setProperties(struct({})), done),
      );
    await remove("thing-id");
    await assert.rejects(remove(""), details("no id"));
  });

  it("shows an error for the user without a stack trace, and a bug with one", async () => {
    await assert.rejects(plugin.create({ mode: "refused" }), details("the host said no\n→ ask it again"));
    await assert.rejects(
      plugin.create({ mode: "bug" }),
      details(/^TypeError: x is undefined\n {4}at .*plugin\.ts:\d+/),
    );
  });

  it("hands the state of a resource over that was made but isn't well", async () => {
    await assert.rejects(plugin.create({ mode: "partial", name: "a" }), (error) => {
      const { details: text, metadata } = error as grpc.ServiceError;
      assert.equal(text, "made, but not well");
      const status = Status.deserializeBinary(metadata.get("grpc-status-details-bin")[0] as Buffer);
      const detail = status.getDetailsList()[0]!;
      assert.equal(detail.getTypeName(), "pulumirpc.ErrorResourceInitFailed");
      const failed = rpc.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
      assert.equal(failed.getId(), "thing-id");
      assert.deepEqual(failed.getReasonsList(), ["made, but not well"]);
      assert.deepEqual(failed.getProperties()?.toJavaScript(), {
        name: "a",
        size: 1,
        token: secret("canary"),
      });
      return true;
    });
  });

  it("names the resources and functions that it has when asked for another", async () => {
    await assert.rejects(
      plugin.create({}, { urn: "urn:pulumi:prod::handoff::test:index:Thin::thing" }),
      details("test has no resource type 'test:index:Thin'; it has test:index:Plain, test:index:Thing"),
    );
    const invoke = (token: string) =>
      plugin.call<rpc.InvokeResponse>((client, done) =>
        client.invoke(new rpc.InvokeRequest().setTok(token).setArgs(struct({ a: secret(1) })), done),
      );
    assert.deepEqual((await invoke("test:index:echo")).getReturn()?.toJavaScript(), { echo: { a: 1 } });
    await assert.rejects(
      invoke("test:index:other"),
      details("test has no function 'test:index:other'; it has test:index:echo"),
    );
  });

  // Last: the plugin takes no more work after it.
  it("keeps what has the place of a secret secret, and shows it in no message", async () => {
    const sent = {
      name: secret("canary-name"),
      deep: { open: "o", closed: secret("c") },
      list: [secret("l")],
    };
    const created = await plugin.create(sent);
    assert.deepEqual(created.getProperties()?.toJavaScript(), {
      name: secret("canary-name"),
      deep: { open: "o", closed: secret("c") },
      list: secret(["l"]),
      size: 1,
      token: secret("canary"),
    });
    const password = secret("canary p+ssword");
    await assert.rejects(
      plugin.create({ mode: "echo", password }),
      details("the host doesn't like Bearer [secret]"),
    );
    while (plugin.logs.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(plugin.logs.includes("info thing: asked with [secret]"), plugin.logs.join("\n"));
  });

  it("breaks off what is under way when the user cancels, also what doesn't listen", async () => {
    const creating = ["slow", "deaf"].map((mode) =>
      assert.rejects(plugin.create({ mode }), details("the operation was cancelled")),
    );
    while (plugin.logs.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(plugin.logs, Array(2).fill("info (status) thing: waiting"));
    await plugin.call<Empty>((client, done) => client.cancel(new Empty(), done));
    await Promise.all(creating);
  });
});
