import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, type Commands, defineCommand } from "../command/command";
import { wordsAfter } from "../command/complete";
import { print } from "../terminal";

/** Prints a shell's completion. */
export const completionOf = (commands: Commands): Command =>
  defineCommand({
    usage: ["bash | zsh | fish", "words -- [WORD]…"],
    description: [
      "Prints the completion of this command for a shell. It includes the hosts in ~/.config/portknock/config.json.",
    ],
    options: {},
    positionals: {
      shell: {
        kind: "choice",
        name: "SHELL",
        choices: {
          bash: "a script for bash",
          zsh: "a script for zsh",
          fish: "a script for fish",
          words: "the words that may follow these words, a line each: the scripts call this",
        },
      },
    },
    examples: [
      "portknock completion bash > ~/.local/share/bash-completion/completions/portknock",
      "portknock completion zsh > ~/.zfunc/_portknock",
      "portknock completion fish > ~/.config/fish/completions/portknock.fish",
    ],

    async run({ positionals: { shell }, rest }) {
      if (shell === "words") print((await wordsAfter(commands, rest)).map((word) => `${word}\n`).join(""));
      else print(readFileSync(join(__dirname, "../completions", `portknock.${shell}`), "utf8"));
    },
  });
