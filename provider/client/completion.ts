import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formats } from "./formats";
import { readConfig } from "./sources/configFile";
import { type Command, readArgs, UsageError } from "./usage";

const EXPLANATIONS = ["text", "mermaid", "svg"];
const SHELLS = ["bash", "zsh", "fish"];

/** Options and arguments by command, as far as they can be proposed. */
const knocking = ["--sequence", "--policy", "--stack", "--delay", "--timeout", "-4", "-6", "--help"];
const proposals: Readonly<Record<string, readonly string[]>> = {
  ssh: [...knocking, "--"],
  proxy: knocking,
  run: [...knocking, "--port", "--no-check", "--"],
  knock: [...knocking, "--port", "--no-check", "--json"],
  export: [...knocking, "--port", "--format"],
  render: ["-4", "-6", "--json", "--name", "--help"],
  check: ["--json", "--list-slots", "--help"],
  explain: ["--format", "--redact", "--name", "--help"],
  trace: ["--packets", "--from", "--json", "--help"],
  status: ["-l", "-i", "--port", "--sudo", "--stack", "--sequence", "--policy", "--json", "--help"],
  completion: SHELLS,
};

/** Prints what a shell needs to complete our commands, and, asked by that, what a word could be. */
export const completion: Command = {
  help: `portknock completion bash | zsh | fish
  Prints the shell's completion of this command, the hosts of ~/.config/portknock/config.json among it.
  Examples:
    portknock completion bash > ~/.local/share/bash-completion/completions/portknock
    portknock completion zsh > ~/.zfunc/_portknock
    portknock completion fish > ~/.config/fish/completions/portknock.fish`,

  async run(args) {
    const { positionals, rest } = readArgs(args, {});
    const [shell = ""] = positionals;
    if (shell === "words")
      process.stdout.write(
        wordsAfter(rest)
          .map((word) => `${word}\n`)
          .join(""),
      );
    else if (SHELLS.includes(shell) && positionals.length === 1)
      process.stdout.write(readFileSync(join(__dirname, "completions", `portknock.${shell}`)));
    else throw new UsageError(`completion takes one of ${SHELLS.join(", ")}`);
  },
};

/** What may follow these words of a command line. */
function wordsAfter(words: readonly string[]): readonly string[] {
  const [command, ...args] = words;
  if (command === undefined) return Object.keys(proposals);
  if (args.at(-1) === "--format") return command === "explain" ? EXPLANATIONS : Object.keys(formats);
  return [...(proposals[command] ?? []), ...(takesHost(command) ? hosts() : [])];
}

function takesHost(command: string): boolean {
  return proposals[command]?.includes("--sequence") === true;
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
