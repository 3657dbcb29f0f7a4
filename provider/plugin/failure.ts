import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { doorProperties } from "../door/doorProperties";
import { PartialError } from "../resource/partial";
import { MODULE } from "../resource/urn";
import { secretsOf, toStruct } from "./values";

/** An error as Pulumi takes it. With that of a door that is on the host it takes the state as well. */
export function toServiceError(error: unknown): ServiceError {
  const details = messageOf(error);
  const metadata = new Metadata();
  if (error instanceof PartialError) metadata.add("grpc-status-details-bin", initFailed(error, details));
  return Object.assign(new Error(details), { code: status.UNKNOWN, details, metadata });
}

/** The lifecycle's texts name resources as the dynamic front end calls them. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(`pulumi-nodejs:dynamic/${MODULE}:`, `${MODULE}:index:`);
}

/** The field's name is magic: so gRPC of Go passes details of an error on (sdk/nodejs/provider/server.ts). */
function initFailed({ id, properties, reasons }: PartialError, message: string): Buffer {
  const failed = new ErrorResourceInitFailed();
  failed.setId(id);
  failed.setProperties(toStruct(properties, secretsOf(doorProperties)));
  failed.setReasonsList(reasons);
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const result = new Status();
  result.setCode(status.UNKNOWN);
  result.setMessage(message);
  result.addDetails(detail);
  return Buffer.from(result.serializeBinary());
}
