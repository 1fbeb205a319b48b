import { strict as assert } from "node:assert";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { UNKNOWN } from "../../provider/plugin/handler";
import { details, PLAIN, secret, startedPlugin, struct, THING } from "./started-plugin";

describe("serve", () => {
  const plugin = startedPlugin();

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
});
