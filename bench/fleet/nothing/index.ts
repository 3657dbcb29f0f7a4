import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CustomResource, type Output, secret } from "@pulumi/pulumi";

const { connections, inputs, outputs } = JSON.parse(readFileSync("doors.json", "utf8")) as {
  connections: { host: string }[];
  inputs: { sequence: unknown; door: unknown };
  outputs: Record<string, unknown>;
};

const named = Object.fromEntries(["rules", ...Object.keys(outputs)].map((name) => [name, undefined]));
const __provider = `exports.handler = () => require(${JSON.stringify(join(__dirname, "lifecycle.js"))});\n`;

class Nothing extends CustomResource {
  declare readonly rules: Output<string[]>;
  declare readonly knockCommand: Output<string>;
  declare readonly hostKey: Output<string>;
}

// As PortKnock hands its own properties over, and as the program of the doors puts theirs out.
const made = connections.map((connection) => {
  const { rules, knockCommand, hostKey } = new Nothing(
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
  const { host } = connection;
  const clientConfig = { doors: [{ name: host, host, sequence: knockCommand, door: inputs.door }] };
  return [host, { rules, knockCommand, hostKey, clientConfig: secret(clientConfig) }] as const;
});

export const doors = Object.fromEntries(made);
