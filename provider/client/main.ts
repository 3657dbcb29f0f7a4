#!/usr/bin/env node
import { check } from "./check";
import { explain } from "./explain";
import { knock } from "./knock";
import { render } from "./render";
import { trace } from "./trace";
import { say, UsageError } from "./usage";

/** Exit codes: 0 done, 1 it did not work, 2 the command was not understood. */
const commands: Readonly<Record<string, { run(args: string[]): Promise<void>; help: string }>> = {
  knock,
  render,
  check,
  explain,
  trace,
};

async function main([name = "", ...args]: string[]): Promise<number> {
  const command = commands[name];
  const asksForHelp = name === "--help" || name === "-h" || name === "help" || args.includes("--help");
  if (command && !asksForHelp) {
    try {
      await command.run(args);
      return 0;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      if (!(error instanceof UsageError)) return 1;
      say(command.help);
      return 2;
    }
  }
  const help = command
    ? command.help
    : Object.values(commands)
        .map(({ help }) => help)
        .join("\n\n");
  if (asksForHelp) process.stdout.write(`${help}\n`);
  else say(name === "" ? help : `there is no command ${name}\n${help}`);
  return asksForHelp ? 0 : 2;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
