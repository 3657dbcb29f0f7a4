import { createInterface } from "node:readline/promises";
import { parseSeconds } from "../../policy/duration";
import { hostMistake } from "../../policy/hostMistake";
import { DOOR_NAME_RULE, isDoorName } from "../../policy/names";
import { readInput } from "../inputFile";
import { UsageError } from "../usageError";

/** What a project is made from. */
export interface Answers {
  readonly hosts: readonly { readonly name: string; readonly host: string }[];
  readonly user: string;
  /** The text of a private key; undefined: the ssh-agent logs in. Secret. */
  readonly privateKey: string | undefined;
  /** Undefined: the sequences rotate by hand only. */
  readonly rotateEvery: string | undefined;
}

/** What the command line says. What it leaves out is asked for, or has a default where nobody can be asked. */
export interface GivenAnswers {
  readonly hosts: readonly string[];
  readonly user: string | undefined;
  readonly identity: string | undefined;
  readonly rotate: string | undefined;
}

const DEFAULT_USER = "root";
const DEFAULT_ROTATION = "30d";

/** @throws UsageError for a wrong answer. No message has a key in it. */
export async function answersFrom(given: GivenAnswers): Promise<Answers> {
  const ask = process.stdin.isTTY ? question : async (_: string, preset: string) => preset;
  const typed =
    given.hosts.length > 0
      ? given.hosts
      : (await ask("Hosts, each as NAME=ADDRESS, with spaces between", "")).split(/\s+/);
  const hosts = typed.filter((text) => text !== "").map(readNamedHost);
  if (hosts.length === 0) throw new UsageError("init takes at least one host, such as web=192.0.2.11");
  if (new Set(hosts.map(({ name }) => name)).size < hosts.length)
    throw new UsageError("two hosts have the same name: write NAME=ADDRESS");
  const user = given.user ?? (await ask("User to log in as", DEFAULT_USER));
  const identity =
    given.identity ?? (await ask("File with the private key, or nothing for the ssh-agent", ""));
  const rotate = given.rotate ?? (await ask("Rotate every (30d, 12h, never)", DEFAULT_ROTATION));
  return {
    hosts,
    user,
    privateKey: identity === "" ? undefined : readKey(identity),
    rotateEvery: readRotation(rotate),
  };
}

/** Questions go to stderr, as all messages do. */
async function question(text: string, preset: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${text}${preset === "" ? "" : ` [${preset}]`}: `);
  terminal.close();
  return answer.trim() || preset;
}

function readNamedHost(text: string): Answers["hosts"][number] {
  const [, name = text, host = text] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  const mistake = hostMistake(host, "argument");
  if (mistake !== undefined) throw new UsageError(`the host ${mistake}`);
  if (!isDoorName(name)) throw new UsageError(`the name of a host ${DOOR_NAME_RULE}: write NAME=ADDRESS`);
  return { name, host };
}

function readKey(file: string): string {
  const text = readInput(file);
  if (text.includes("PRIVATE KEY-----")) return text;
  throw new UsageError(`${file} has no private key: give the file without .pub`);
}

function readRotation(text: string): string | undefined {
  if (text === "never") return undefined;
  if (parseSeconds(text) !== undefined) return text;
  throw new UsageError("--rotate takes a time such as 30d, 12h or 90m, or never");
}
