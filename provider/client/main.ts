#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { commands } from "./commands";
import { complain, print, say } from "./terminal";
import { type Command, UsageError } from "./usage";

const EXIT_CODES = `Exit codes: 0 open, or done · 1 it stayed shut, or did not work · 2 the command was not understood ·
ssh and run: that of the command they run · 128 + N: ended by signal N`;

// The process list and the terminal's title show no sequence from here on (libuv writes it over the arguments).
process.title = "portknock";

const interrupted = interruption();
main(process.argv.slice(2)).then((code) => {
  // A look-up of a name cannot be interrupted, and would be waited for.
  if (interrupted.signal.aborted) process.exit(code);
  process.exitCode = code;
});

async function main([name = "", ...args]: string[]): Promise<number> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name === "--version" || name === "-V") {
    print(`${version()}\n`);
    return 0;
  }
  const command = await load?.();
  const own = command?.ownWords?.(args) ?? (args.includes("--") ? args.slice(0, args.indexOf("--")) : args);
  const asksForHelp = [name, ...own].includes("--help") || name === "-h" || name === "help";
  if (command && !asksForHelp) return runCommand(command);
  const loads = load ? [load] : Object.values(commands);
  const help = (await Promise.all(loads.map((one) => one()))).map(({ help }) => help);
  const text = [...help, ...(load ? [] : ["portknock --version"]), EXIT_CODES].join("\n\n");
  if (asksForHelp) print(`${text}\n`);
  else if (name === "") say(text);
  else complain(`there is no command ${name}; portknock --help names those that there are`);
  return asksForHelp ? 0 : 2;

  async function runCommand(command: Command): Promise<number> {
    try {
      return (await command.run(args, interrupted.signal)) ?? 0;
    } catch (error) {
      if (interrupted.signal.aborted) return interrupted.signal.reason as number;
      complain(error instanceof Error ? error.message : String(error));
      if (!(error instanceof UsageError)) return 1;
      say(`${command.help.split("\n", 1)[0]}\nportknock ${name} --help says more`);
      return 2;
    }
  }
}

function version(): string {
  const manifest = readFileSync(join(__dirname, "../../package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** A signal that the first SIGINT, SIGTERM or SIGHUP aborts, with the exit code that shells give to it. */
function interruption(): AbortController {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => controller.abort(128 + constants.signals[signal]));
  }
  return controller;
}
