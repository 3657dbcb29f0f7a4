#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { type Command, splitWords, usageLines } from "./command/command";
import { commands } from "./commands";
import { complain, print, printJson, say } from "./terminal";
import { UsageError } from "./usageError";

// The process list and the terminal's title show no sequence from here on: libuv writes the title over the arguments.
process.title = "portknock";

const interrupted = interruption();
main(process.argv.slice(2)).then((code) => {
  // A running look-up of a name cannot be interrupted, and Node.js would wait for it.
  if (interrupted.signal.aborted) process.exit(code);
  process.exitCode = code;
});

async function main([name = "", ...args]: string[]): Promise<number> {
  if (name === "--version" || name === "-V") {
    print(`${version()}\n`);
    return 0;
  }
  const asksForHelp = ["help", "--help", "-h"].includes(name);
  const asked = asksForHelp ? (args[0] ?? "") : name;
  if (asked === "") return help(asksForHelp);
  if (asksForHelp && asked === "options") return helpForOptions();
  const command = Object.hasOwn(commands, asked) ? await commands[asked]?.load() : undefined;
  if (command === undefined) {
    complain(`unknown command ${asked}; \`portknock --help\` lists the commands`);
    return 2;
  }
  if (asksForHelp || splitWords(command, args).own.includes("--help")) return helpFor(asked, command);
  return run(asked, command, args);
}

async function run(name: string, command: Command, args: readonly string[]): Promise<number> {
  try {
    const { parseArguments } = await import("./command/parse");
    return (await command.run(parseArguments(command, args), interrupted.signal)) ?? 0;
  } catch (thrown) {
    if (interrupted.signal.aborted) return interrupted.signal.reason as number;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (command.failure && splitWords(command, args).own.includes("--json"))
      printJson(command.failure(error));
    complain(error.message);
    if (!(error instanceof UsageError)) return 1;
    say([...usageLines(name, command), `portknock ${name} --help explains it`].join("\n"));
    return 2;
  }
}

async function helpFor(name: string, command: Command): Promise<number> {
  const { helpOf } = await import("./command/help");
  print(`${helpOf(name, command)}\n`);
  return 0;
}

async function helpForOptions(): Promise<number> {
  const { helpOfOptions } = await import("./command/help");
  print(`${helpOfOptions()}\n`);
  return 0;
}

/** The list of commands: on stdout if the user asks for it, else as an answer to a wrong command line. */
async function help(isAsked: boolean): Promise<number> {
  const { overview } = await import("./command/help");
  if (isAsked) print(`${overview(commands)}\n`);
  else say(overview(commands));
  return isAsked ? 0 : 2;
}

function version(): string {
  const manifest = readFileSync(join(__dirname, "../../package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** A signal that the first SIGINT, SIGTERM or SIGHUP aborts. Its reason is the exit code that shells use. */
function interruption(): AbortController {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => controller.abort(128 + constants.signals[signal]));
  }
  return controller;
}
