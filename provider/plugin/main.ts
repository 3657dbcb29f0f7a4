import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { connectEngine } from "./engine";
import { makeService } from "./service";

/** The plugin of Pulumi: `pulumi-resource-portknock [flags] ENGINE`. It prints the port on which it answers. */

const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

const schema = readFileSync(join(__dirname, "schema.json"), "utf8");
const { version } = JSON.parse(schema) as { readonly version: string };
connectEngine(process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument)));
const server = new Server({
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
});
server.addService(ResourceProviderService, makeService(schema, version));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  writeSync(process.stdout.fd, `${port}\n`);
});
