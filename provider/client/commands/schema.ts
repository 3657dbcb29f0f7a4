import { defineCommand } from "../command/command";
import { print } from "../terminal";

/** Prints the JSON Schema of a policy. */
export const schema = defineCommand({
  usage: [""],
  description: [
    "Prints the JSON Schema of a policy file, for editors: they then complete the fields and show what each means. A policy may name it as `$schema`.",
  ],
  options: {},
  positionals: {},
  examples: ["portknock schema > policy.schema.json"],

  async run(): Promise<void> {
    const { policySchema } = await import("../../policy/jsonSchema");
    print(`${JSON.stringify(policySchema(), undefined, 2)}\n`);
  },
});
