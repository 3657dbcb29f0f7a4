import { existsSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { plainText } from "../../util/plainText";
import { run } from "../../util/process";
import { defineCommand } from "../command/command";
import { type Answers, answersFrom } from "../init/answers";
import { projectFiles } from "../init/project";
import { say } from "../terminal";
import { UsageError } from "../usageError";

/** What the program needs beside this package. */
const PACKAGES = ["@pulumi/pulumi", "typescript"] as const;

/** Writes a Pulumi program into this folder. */
export const init = defineCommand({
  usage: ["[[NAME=]HOST]… [-l USER] [-i FILE] [--rotate TIME] [--stack NAME]"],
  description: [
    "Writes a Pulumi program into this folder that puts SSH of these hosts behind a knock, each with a sequence of its own, makes a stack, and sets the private key as a secret of it. It overwrites no file and prints no secret. On a terminal it asks for what is not given.",
  ],
  options: {
    login: {
      kind: "text",
      short: "l",
      value: "USER",
      about: "the user to log in as; any but root uses sudo (default: root)",
    },
    identity: {
      kind: "file",
      short: "i",
      value: "FILE",
      about: "a private key. Without it the ssh-agent logs in, and no key is in the state",
    },
    rotate: {
      kind: "text",
      value: "TIME",
      about: "how long a sequence is used: 30d, 12h, 90m, or never (default: 30d)",
    },
    stack: { kind: "text", value: "NAME", about: "the stack to make", default: "dev" },
  },
  positionals: { hosts: { kind: "files", name: "HOST", optional: true } },
  examples: ["portknock init web=192.0.2.11 db=192.0.2.12 -i ~/.ssh/id_ed25519"],

  async run({ values, positionals: { hosts = [] } }): Promise<void> {
    const { login: user, identity, rotate, stack } = values;
    const answers = await answersFrom({ hosts, user, identity, rotate });
    const files = projectFiles(projectName(), answers);
    const present = Object.keys(files).filter((name) => existsSync(name) && name !== ".gitignore");
    if (present.length > 0)
      throw new UsageError(`this folder has ${present.join(", ")}: init overwrites nothing`);
    for (const [name, text] of Object.entries(files)) if (!existsSync(name)) writeFileSync(name, text);
    say(`wrote ${Object.keys(files).join(", ")}`);
    await makeStack(stack, answers);
    say(["", "Next:", ...nextCommands(answers).map((command) => `  ${command}`)].join("\n"));
  },
});

/** A project's name has letters, digits, `-`, `_` and `.`. */
function projectName(): string {
  return basename(resolve(".")).replace(/[^A-Za-z0-9_.-]/g, "-") || "doors";
}

async function makeStack(stack: string, { privateKey }: Answers): Promise<void> {
  await pulumi(["stack", "init", stack], `the stack ${stack} cannot be made`);
  if (privateKey === undefined) return say(`made the stack ${stack}`);
  const set = ["config", "set", "--secret", "--stack", stack, "privateKey"];
  await pulumi(set, "the key cannot be set", privateKey);
  say(`made the stack ${stack}, and set its secret privateKey`);
}

/** @throws UsageError without pulumi; Error with what it says, which is no secret: it is given those on stdin. */
async function pulumi(args: readonly string[], failure: string, input?: string): Promise<void> {
  const { code, stderr, error } = await run("pulumi", [...args, "--non-interactive"], 120_000, input);
  if (error) throw new UsageError("init needs the command pulumi: see https://www.pulumi.com/docs/install");
  if (code !== 0) throw new Error(`${failure}: ${plainText(stderr.trim(), 500)}`);
}

function nextCommands({ hosts, user }: Answers): string[] {
  const missing = PACKAGES.filter((name) => !existsSync(`node_modules/${name}`));
  return [
    ...(missing.length > 0 ? [`npm install ${missing.join(" ")}`] : []),
    "pulumi up",
    "npx portknock config",
    `npx portknock ssh ${user}@${hosts[0]?.name}`,
  ];
}
