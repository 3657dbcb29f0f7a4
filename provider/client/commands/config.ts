import { defineCommand } from "../command/command";
import { configPath } from "../sources/configFile";
import { doorsIn } from "../sources/stack";
import { outputsOfStack } from "../stackState";
import { say } from "../terminal";
import { UsageError } from "../usageError";
import { writeConfig } from "../writeConfig";

/** Puts the doors of a stack into the user's configuration. */
export const config = defineCommand({
  usage: ["[--stack NAME]"],
  description: [
    "Reads every clientConfig among the outputs of a stack, and writes the doors into ~/.config/portknock/config.json: mode 0600, in place of the doors that the file has from this stack. Doors of other stacks stay. From then on the other commands know these hosts, by name and by address.",
  ],
  options: {
    stack: {
      kind: "text",
      value: "NAME",
      about: "the stack (default: the one that is selected in this folder)",
    },
  },
  positionals: {},
  examples: ["portknock config --stack prod"],

  async run({ values }): Promise<void> {
    const { stack, outputs } = await outputsOfStack(values.stack);
    const doors = doorsIn(outputs);
    if (doors.length === 0)
      throw new UsageError(`no output of the stack ${stack} is the clientConfig of a door: export it`);
    const others = writeConfig(stack, doors);
    const names = doors.map(({ name, host }) => name ?? host).join(", ");
    say(`${configPath()} has the doors of ${stack}: ${names}${others > 0 ? `; others: ${others}` : ""}`);
  },
});
