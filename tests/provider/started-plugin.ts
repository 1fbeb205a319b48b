import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogSeverity, type LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

export const THING = "urn:pulumi:prod::handoff::my:index:Component$test:index:Thing::thing";
export const PLAIN = "urn:pulumi:prod::handoff::test:index:Plain::plain";
/** A secret, as the engine writes it. */
export const secret = (value: unknown): object => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});
export const struct = (value: object): Struct => Struct.fromJavaScript(value as never);

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

/** A plugin that runs for the tests of a file; its logs are empty before each. */
export function startedPlugin(): Plugin {
  const plugin = new Plugin();
  before(() => plugin.start());
  after(() => plugin.stop());
  beforeEach(() => {
    plugin.logs.length = 0;
  });
  return plugin;
}

/** For `assert.rejects`: the text that a call failed with. */
export const details = (pattern: RegExp | string) => (error: unknown) => {
  const text = (error as grpc.ServiceError).details;
  if (typeof pattern === "string") assert.equal(text, pattern);
  else assert.match(text, pattern);
  return true;
};
