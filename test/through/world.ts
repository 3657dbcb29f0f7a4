import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { clientDoor } from "../../provider/policy/clientConfig";
import { parseSequence } from "../../provider/policy/text";
import type { Policy, PolicyArgs } from "../../provider/policy/types";
import { validatePolicy } from "../../provider/policy/validate";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { ExecOptions, ExecResult, Host, Lab } from "../lab/lab";

const BIN = join(__dirname, "../../node_modules/.bin");

/** Knocks of each kind, in the text form. */
export const SEQUENCE = "tcp/7001,udp/8001,icmp/121";

/** Puts a door on a host, by the rules alone: getting in is what is tested here. */
export async function putDoor(host: Host, sequence: string, more: Partial<PolicyArgs> = {}): Promise<void> {
  const door = [{ protocol: "tcp" as const, ports: [22] }];
  const { value, failures } = validatePolicy({ sequence: parseSequence(sequence), door, ...more });
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
  const ruleset = compile(value as Policy, identify("door", host.name));
  for (const [family, tool] of [
    ["ipv4", "iptables"],
    ["ipv6", "ip6tables"],
  ] as const) {
    await host.run([`${tool}-restore`, "--noflush"], { input: renderDocument(ruleset, family) });
  }
}

/** Takes all grants back, and forgets how far anyone has come. */
export async function closeDoors(host: Host): Promise<void> {
  await host.run(["sh", "-c", "for list in /proc/net/xt_recent/*; do echo / >$list; done"]);
}

/** Gives the controller what a user has: a key, known hosts, and the command on PATH. */
export async function makeUser(lab: Lab): Promise<void> {
  const folder = join(lab.controller.home, ".ssh");
  await mkdir(folder, { recursive: true });
  const known = lab.hosts.map(({ name, ipv4, ipv6, hostKey }) => `${name},${ipv4},${ipv6} ${hostKey}\n`);
  await writeFile(join(folder, "known_hosts"), known.join(""));
  const settings = [
    `IdentityFile ${lab.privateKeyFile}`,
    "User root",
    "BatchMode yes",
    "StrictHostKeyChecking yes",
  ];
  await writeFile(join(folder, "config"), `${settings.join("\n")}\n`);
}

/** The user's configuration of the client, with a door of each of the lab's hosts. */
export async function configure(lab: Lab, sequence: string, mode = 0o600): Promise<string> {
  const folder = join(lab.controller.home, ".config/portknock");
  await mkdir(folder, { recursive: true });
  const path = join(folder, "config.json");
  const doors = lab.hosts.flatMap(({ name, ipv4, ipv6 }) =>
    [name, ipv4, ipv6].map((host) =>
      clientDoor(undefined, host, { sequence: parseSequence(sequence) }, [{ protocol: "tcp", ports: [22] }]),
    ),
  );
  await lab.controller.run(
    ["sh", "-c", 'rm -f "$1"; cat >"$1"; chmod "$2" "$1"', "sh", path, mode.toString(8)],
    {
      input: JSON.stringify({ doors }),
    },
  );
  return path;
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: [BIN, process.env.PATH].join(delimiter), SSH_AUTH_SOCK: undefined };
}

/** Runs a command as the lab's user. */
export function asUser(lab: Lab, command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  return lab.controller.exec(command, { ...options, env: { ...environment(), ...options.env } });
}

/** Starts a command as the lab's user. */
export function startAsUser(lab: Lab, command: readonly string[]): ChildProcessWithoutNullStreams {
  return lab.controller.spawn(command, { env: environment() });
}
