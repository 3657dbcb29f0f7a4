import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../sources/configFile";
import { print } from "../terminal";
import { type Command, readArgs, UsageError } from "../usage";

const SHELLS = ["bash", "zsh", "fish"];

/** The commands by their names; each is loaded when it is asked for. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** Prints what a shell needs to complete these commands, and, asked by that, what a word could be. */
export const completionOf = (commands: Commands): Command => ({
  help: `portknock completion bash | zsh | fish
  Prints the shell's completion of this command, the hosts of ~/.config/portknock/config.json among it.
  Examples:
    portknock completion bash > ~/.local/share/bash-completion/completions/portknock
    portknock completion zsh > ~/.zfunc/_portknock
    portknock completion fish > ~/.config/fish/completions/portknock.fish`,

  async run(args) {
    const { positionals, rest } = readArgs(args, {});
    const [shell = ""] = positionals;
    if (shell === "words") print((await wordsAfter(commands, rest)).map((word) => `${word}\n`).join(""));
    else if (SHELLS.includes(shell) && positionals.length === 1)
      print(readFileSync(join(__dirname, "../completions", `portknock.${shell}`), "utf8"));
    else throw new UsageError(`completion takes one of ${SHELLS.join(", ")}`);
  },
});

/** What may follow these words of a command line: what the command's own help names. */
async function wordsAfter(
  commands: Commands,
  [name, ...args]: readonly string[],
): Promise<readonly string[]> {
  if (name === undefined) return Object.keys(commands);
  if (name === "completion") return SHELLS;
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) return [];
  const [usage = ""] = (await load()).help.split("\n  Examples:\n");
  const [before = ""] = /^--[a-z-]+$/.exec(args.at(-1) ?? "") ?? [];
  const [, choices] = new RegExp(`${before || "none"} ((?:[\\w-]+ \\| )+[\\w-]+)`).exec(usage) ?? [];
  if (choices !== undefined) return choices.split(" | ");
  const options = usage.match(/(?<=^|[\s[|])(-\w|--[a-z][a-z-]*)(?=[\s,\]|]|$)/gm) ?? [];
  return [...new Set([...options, "--help"]), ...(/ (\[USER@\])?HOST/.test(usage) ? hosts() : [])];
}

/** A configuration that is wrong is no reason to disturb someone who types. */
function hosts(): string[] {
  try {
    const doors = readConfig()?.doors ?? [];
    return [...new Set(doors.flatMap(({ name, host }) => (name === undefined ? [host] : [name, host])))];
  } catch {
    return [];
  }
}
