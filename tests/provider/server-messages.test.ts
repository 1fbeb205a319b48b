import { strict as assert } from "node:assert";
import * as grpc from "@grpc/grpc-js";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { details, secret, startedPlugin, struct } from "./started-plugin";

describe("serve: what the user is told", () => {
  const plugin = startedPlugin();

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
