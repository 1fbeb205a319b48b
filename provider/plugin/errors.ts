import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { PartialError, UserError } from "./handler";
import { printable } from "../http/printable";
import { toStruct } from "./wire";

/** An error as the engine takes it, without the secrets that `mask` knows. */
export function rpcError(error: unknown, mask: (text: string) => string): Partial<grpc.ServiceError> {
  return {
    code: grpc.status.UNKNOWN,
    details: mask(printable(describe(error))),
    metadata: partial(error, mask),
  };
}

/** How an error carries the state of a resource: a `google.rpc.Status` in the trailing metadata. */
function partial(error: unknown, mask: (text: string) => string): grpc.Metadata | undefined {
  if (!(error instanceof PartialError)) return undefined;
  const message = mask(printable(error.message));
  const failed = new rpc.ErrorResourceInitFailed();
  failed.setId(error.id);
  failed.setProperties(toStruct(error.outputs, error.secrets));
  failed.addReasons(message);
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}

function describe(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
