import { ALL_BACKENDS } from "../../door/backend";
import type { Door } from "../../door/door";
import { guardsSsh } from "../../door/guards";
import { type Knock, knocksNow, type NamedKnockSource, namedKnockSources } from "../../door/knockSources";
import { hideLogin } from "../../host/hidden";
import { publishSecrets } from "../../host/publishSecrets";
import { type Firewall, type HostStatus, readStatus } from "../../host/status/readStatus";
import { type Connection, connectionSchema } from "../../policy/connection";
import { validateFields } from "../../policy/validate";
import { groupBy } from "../../util/groupBy";
import { omitUndefined } from "../../util/omitUndefined";
import { defineCommand } from "../command/command";
import { portOption } from "../command/option";
import { doorOptions } from "../doorOptions";
import { sources } from "../sources";
import type { Request } from "../sources/source";
import { doorsOfStack, type StackDoor } from "../stackState";
import { connectionFields, type StatusLogin } from "../statusLogin";
import { inOwnWords, withOwnRemedy } from "../statusRemedy";
import { type NamedStatus, statusLines } from "../statusText";
import { print, printJson } from "../terminal";
import { UsageError } from "../usageError";

const FROM_STACK = "the stack's state says how to log in and how to knock";

/** Shows what the doors of a host, or of a stack's hosts, are doing. */
export const status = defineCommand({
  usage: [
    "HOST [-l USER] [-i FILE] [-p PORT] [-J BASTION] [-F FILE] [--sudo] [--sequence TEXT | --policy FILE] [--json]",
    "--stack NAME [HOST] [--json]",
  ],
  description: [
    "Reads over SSH what the doors of a host are doing: who holds a grant and for how long, who has begun the sequence, who is locked out, how many packets were dropped, and how the rules differ from the expected ones. It changes nothing.",
    "With HOST alone, the rules are compared with those that the host loads at boot, and the host's key must be in known_hosts.",
  ],
  options: {
    stack: {
      kind: "text",
      value: "NAME",
      about:
        "all hosts of a stack, sorted by name, or one, by its name or address. Its state says how to log in and to knock, and which rules to expect",
    },
    login: {
      kind: "text",
      short: "l",
      value: "USER",
      about: "the user to log in as (default: root)",
      excludes: { stack: FROM_STACK },
    },
    identity: {
      kind: "file",
      short: "i",
      value: "FILE",
      about: "a private key. Without it, the ssh-agent logs in",
      excludes: { stack: FROM_STACK },
    },
    port: portOption({
      short: "p",
      about: "the SSH port (default: 22)",
      excludes: { stack: FROM_STACK },
    }),
    jump: {
      kind: "text",
      short: "J",
      value: "BASTION",
      about: "a bastion on the way, as [USER@]HOST[:PORT]",
      excludes: { stack: FROM_STACK },
    },
    "ssh-config": {
      kind: "file",
      short: "F",
      value: "FILE",
      about:
        "a configuration file of ssh, of which HostName, Port, User, IdentityFile and ProxyJump are taken",
      excludes: { stack: FROM_STACK },
    },
    sudo: {
      kind: "switch",
      about: "run the host's script through sudo, which must not ask for a password",
      excludes: { stack: FROM_STACK },
    },
    sequence: { ...doorOptions.sequence, excludes: { stack: FROM_STACK } },
    policy: { ...doorOptions.policy, excludes: { stack: FROM_STACK } },
    json: { kind: "switch", about: "print a list, an entry for each host. Times are in seconds" },
  },
  positionals: { host: { kind: "host", name: "HOST", optional: true } },
  notes: [
    "If a door guards SSH, the command knocks first: with --sequence, --policy, $PORTKNOCK_SEQUENCE or the door in ~/.config/portknock/config.json.",
  ],

  async run({ values, positionals: { host } }) {
    if (host === undefined && values.stack === undefined)
      throw new UsageError("status takes a host, or --stack");
    const read =
      values.stack === undefined
        ? [{ name: host ?? "", ...(await ofHost(host ?? "", values)) }]
        : await ofStack(await doorsOfStack(values.stack), host);
    if (values.json) printJson(read);
    else print(`${read.flatMap(statusLines).join("\n")}\n`);
  },
});

interface Login extends StatusLogin {
  readonly sequence: string | undefined;
  readonly policy: string | undefined;
}

async function ofHost(host: string, login: Login): Promise<HostStatus> {
  const { sequence, policy } = login;
  const fields = connectionFields(host, login);
  const port = Number(fields.port);
  const found = await findKnock({ names: [host, String(fields.host)], port, sequence, policy });
  const connection = connectionOf({ ...fields, ...(found?.host !== undefined && { host: found.host }) });
  const known = found?.knocks.flatMap(({ sequence }) => sequence) ?? [];
  const access = { connection, knocks: () => (found ? found.knocks : []) };
  const scrubbers = ALL_BACKENDS.map((backend) => backend.scrubberOf({ sequence: known }));
  const hide = (text: string) => scrubbed(scrubbers, hideLogin(text, connection));
  return await readStatus(access, firewallsOf([]), hide).catch((error: unknown) => {
    throw withOwnRemedy(error);
  });
}

/** Reads one host after the other, since hosts may share a bastion, in the order of the names that the user gave. */
async function ofStack(doors: readonly StackDoor[], host: string | undefined): Promise<NamedStatus[]> {
  const asked = [...groupBy(doors, hostOf)]
    .map(([address, own]) => ({ name: namesOf(own), address, own }))
    .filter(
      ({ address, own }) => host === undefined || address === host || own.some((door) => door.name === host),
    )
    .sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
  if (asked.length === 0)
    throw new UsageError(host === undefined ? "the stack has no door" : "the stack has no door on that host");
  // A host's bastion may have a door of the stack.
  for (const { door } of doors) publishSecrets(door, [door]);
  const read: NamedStatus[] = [];
  for (const { name, own } of asked) read.push({ name, ...(await ofStackHost(own)) });
  return read;
}

/** A host has the names of its doors: a program names doors, and a fleet its hosts. */
function namesOf(doors: readonly StackDoor[]): string {
  return [...new Set(doors.map(({ name }) => name))].join("+");
}

function hostOf({ door }: StackDoor): string {
  return door.connection.host;
}

async function ofStackHost(stackDoors: readonly StackDoor[]): Promise<HostStatus> {
  const [first] = stackDoors;
  if (first === undefined) throw new RangeError("a host without doors");
  const { hostKey, proxyHostKey } = first;
  const { connection } = first.door;
  const source = "the stack's state";
  const doors = stackDoors.map(({ door }) => door);
  const knockSources: NamedKnockSource[] = [
    ...(connection.knock ? [{ sequence: connection.knock, source }] : []),
    ...doors.filter(guardsSsh).flatMap(({ policy }) => namedKnockSources(policy, source)),
  ];
  const knocks = (isRetry: boolean) => knockSources.flatMap((one) => knocksNow(one, isRetry));
  const scrubbers = doors.flatMap(({ secrets }) => ALL_BACKENDS.map((one) => one.scrubberOf(secrets)));
  const hide = (text: string) => scrubbed(scrubbers, hideLogin(text, connection));
  return await readStatus(
    { connection, recordedHostKey: hostKey, bastion: omitUndefined({ hostKey: proxyHostKey }), knocks },
    firewallsOf(doors),
    hide,
  );
}

/** The firewalls that a host may have doors in. Whoever wrote the doors there may use another mark than the default. */
function firewallsOf(doors: readonly Door[]): Firewall[] {
  return ALL_BACKENDS.map((backend) => {
    const own = doors.filter((door) => door.backend.name === backend.name);
    return { backend: own[0]?.backend ?? backend, expected: own };
  });
}

function scrubbed(scrubbers: readonly ((text: string) => string)[], text: string): string {
  return scrubbers.reduce((said, scrub) => scrub(said), text);
}

interface FoundKnock {
  readonly host: string | undefined;
  /** The likeliest last. */
  readonly knocks: readonly Knock[];
}

/** Undefined if no sequence is known. That is not an error: a host without a door on SSH needs no knock. */
async function findKnock(request: Request): Promise<FoundKnock | undefined> {
  for (const { name, find } of sources) {
    const found = await find(request);
    // No token is spent on looking.
    if (found?.sequence === undefined) continue;
    const { host, sequence, others = [] } = found;
    return { host, knocks: [...others, sequence].map((one) => ({ sequence: one, source: name })) };
  }
  return undefined;
}

/** A connection with few tries. It refuses an unknown host key, since there is no state to record it in. */
function connectionOf(given: Readonly<Record<string, unknown>>): Connection {
  const { value, failures } = validateFields(
    { connection: connectionSchema },
    { connection: { ...given, acceptNewHostKey: false, dialErrorLimit: 3 } },
  );
  if (value.connection) return value.connection;
  throw new UsageError(
    failures.map(({ property, reason }) => `${inOwnWords(property)}: ${reason}`).join("\n"),
  );
}
