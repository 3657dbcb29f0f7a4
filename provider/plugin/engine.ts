import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { plainText } from "../util/plainText";

let client: EngineClient | undefined;

/** Where messages about resources go from now on. */
export function connectEngine(address: string | undefined): void {
  if (address) client = new EngineClient(address, credentials.createInsecure());
}

/** Shows a warning at the row of its resource. */
export function warn(urn: string, text: string): void {
  log(urn, LogSeverity.WARNING, text);
}

export function inform(urn: string, text: string): void {
  log(urn, LogSeverity.INFO, text);
}

function log(urn: string, severity: LogSeverity, text: string): void {
  const request = new LogRequest();
  request.setSeverity(severity);
  request.setUrn(urn);
  request.setMessage(plainText(text));
  // A message that does not arrive must not fail an operation.
  client?.log(request, () => {});
}
