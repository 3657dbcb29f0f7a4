import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CustomResource, secret } from "@pulumi/pulumi";

const { connections, inputs, outputs } = JSON.parse(readFileSync("doors.json", "utf8")) as {
  connections: { host: string }[];
  inputs: { sequence: unknown; door: unknown };
  outputs: Record<string, unknown>;
};

const named = Object.fromEntries(["rules", ...Object.keys(outputs)].map((name) => [name, undefined]));
const __provider = `exports.handler = () => require(${JSON.stringify(join(__dirname, "lifecycle.js"))});\n`;

class Nothing extends CustomResource {}

// As PortKnock hands its own properties over.
for (const connection of connections) {
  new Nothing(
    "pulumi-nodejs:dynamic/nothing:Nothing",
    connection.host,
    {
      connection: secret(connection),
      sequence: secret(inputs.sequence),
      door: inputs.door,
      owner: connection.host,
      ...named,
      __provider,
    },
    { additionalSecretOutputs: ["connection", "sequence", "knockCommand"], deleteBeforeReplace: true },
  );
}
