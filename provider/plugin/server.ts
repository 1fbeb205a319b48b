import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { rpcError } from "./errors";
import type { Methods, ProviderOptions } from "./options";
import { endWithParent } from "./parent";
import { providerMethods } from "./provider-methods";
import { resourceMethods } from "./resource-methods";
import { keepReceivedBytes } from "./received";
import { Session } from "./session";

/**
 * Serves a provider to the Pulumi engine: listens on a free loopback port, prints it, and answers until the
 * engine ends the process. The wire protocol is `pulumirpc.ResourceProvider` (proto/pulumi/provider.proto).
 *
 * The server asks for secret wrappers, so as to know what no message may show. A handler sees plain values only, and
 * what it gives back under the name of a secret property is marked as secret, as the engine does for other providers
 * (pkg/resource/plugin, annotateSecrets).
 */
export async function serve(options: ProviderOptions, argv = process.argv.slice(2)): Promise<void> {
  const engineAddress = argv.find((argument) => !argument.startsWith("-"));
  const channel = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
  const engine =
    engineAddress === undefined
      ? undefined
      : new EngineClient(engineAddress, grpc.credentials.createInsecure(), channel);
  keepReceivedBytes();
  const session = new Session(options, engine);
  const methods: Methods = {
    ...providerMethods(session),
    ...resourceMethods(session),
    async cancel() {
      session.cancel("the operation was cancelled");
      return Promise.resolve(new Empty());
    },
  };

  const unary =
    (method: Methods[string]): grpc.handleUnaryCall<never, unknown> =>
    (call, callback) => {
      method(call.request).then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(rpcError(error, (text) => session.secrets.mask(text)));
        },
      );
    };
  const implementation = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, unary(method)]),
  ) as grpc.UntypedServiceImplementation;
  const server = new grpc.Server(channel);
  server.addService(ResourceProviderService, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  endWithParent(() => {
    session.cancel("the Pulumi engine is gone");
  });
  // The engine reads the port from the first line of standard output.
  process.stdout.write(`${String(port)}\n`);
}
