import { guardsSsh } from "../../door/guards";
import { type Knock, knocksNow, type NamedKnockSource, namedKnockSources } from "../../door/knockSources";
import { hideLogin } from "../../host/hidden";
import type { DoorStatus, ListedSource } from "../../host/status/doorStatus";
import { type HostStatus, readStatus } from "../../host/status/readStatus";
import { type Connection, connectionSchema } from "../../policy/connection";
import { validateFields } from "../../policy/validate";
import { scrub, scrubKnocks } from "../../rules/iptables/redact";
import { readHost } from "../hostArgument";
import { sources } from "../sources";
import type { Request } from "../sources/source";
import { doorsOfStack, type StackDoor } from "../stackState";
import { inOwnWords, withOwnRemedy } from "../statusRemedy";
import { print, printJson } from "../terminal";
import { type Command, readArgs, readGiven, readPort, UsageError } from "../usage";

const PERSISTENCE: Readonly<Record<HostStatus["persistence"], string>> = {
  systemd: "loaded at boot by systemd",
  openrc: "loaded at boot by OpenRC",
  none: "gone after a reboot",
  stale: "other rules are loaded at boot",
  "read-only": "lost at the next reboot: the host's files are read-only",
};

/** Shows what the doors of a host, or of a stack's hosts, are doing. */
export const status: Command = {
  help: `portknock status HOST [-l USER] [-i FILE] [--port PORT] [--sudo] [--sequence TEXT | --policy FILE] [--json]
portknock status --stack NAME [HOST] [--json]
  Reads over SSH what the doors of a host are doing: who holds a grant and for how long, who is under way or locked
  out, how many packets were dropped, and how the rules differ from what they should be. Changes nothing.
  HOST alone: rules are compared with those that the host loads at boot, and its key must be in known_hosts.
  --stack NAME      all hosts of a stack, or one: its state has how to log in and to knock, and what the rules should be
  -l USER           whom to log in as (default: root)
  -i FILE           a private key; else the ssh-agent logs in
  --port PORT       of SSH (default: 22)
  --sudo            run the host's script through sudo, which must not ask for a password
  --sequence TEXT, --policy FILE
                    how to knock first, where a door guards SSH; also from $PORTKNOCK_SEQUENCE and the configuration
  --json            a list, an entry a host; times are seconds`,

  async run(args) {
    const { values, positionals } = readArgs(args, OPTIONS);
    const host = positionals[0] === undefined ? undefined : readHost(positionals[0]);
    if (positionals.length > 1) throw new UsageError("status takes one host");
    if (host === undefined && values.stack === undefined)
      throw new UsageError("status takes a host, or --stack");
    const read =
      values.stack === undefined
        ? [await ofHost(host ?? "", values)]
        : await ofStack(await doorsOfStack(values.stack), host);
    const lines = read.flatMap(asLines);
    if (values.json) printJson(read);
    else print(`${lines.join("\n")}\n`);
  },
};

const OPTIONS = {
  login: { type: "string", short: "l", default: "root" },
  identity: { type: "string", short: "i" },
  port: { type: "string", default: "22" },
  sudo: { type: "boolean" },
  stack: { type: "string" },
  sequence: { type: "string" },
  policy: { type: "string" },
  json: { type: "boolean" },
} as const;

interface Values {
  readonly login: string;
  readonly identity?: string | undefined;
  readonly port: string;
  readonly sudo?: boolean | undefined;
  readonly sequence?: string | undefined;
  readonly policy?: string | undefined;
}

async function ofHost(host: string, { login, identity, sudo, ...values }: Values): Promise<HostStatus> {
  const port = readPort("--port", values.port);
  const found = await findKnock({ names: [host], port, sequence: values.sequence, policy: values.policy });
  const connection = connectionOf({
    host: found?.host ?? host,
    port,
    user: login,
    sudo: sudo ?? false,
    ...(identity !== undefined && { privateKey: readGiven(identity) }),
  });
  const known = found?.knocks.flatMap(({ sequence }) => sequence) ?? [];
  const access = { connection, knocks: () => (found ? found.knocks : []) };
  const hide = (text: string) => scrubKnocks(hideLogin(text, connection), known);
  return await readStatus(access, hide).catch((error: unknown) => {
    throw withOwnRemedy(error);
  });
}

/** One host after the other: each is a connection, and some may share a bastion. */
async function ofStack(doors: readonly StackDoor[], host: string | undefined): Promise<HostStatus[]> {
  const hosts = [...new Set(doors.map(hostOf))];
  const asked = hosts.filter((one) => host === undefined || one === host);
  if (asked.length === 0)
    throw new UsageError(host === undefined ? "the stack has no door" : "the stack has no door on that host");
  const read: HostStatus[] = [];
  for (const one of asked) read.push(await ofStackHost(doors.filter((door) => hostOf(door) === one)));
  return read;
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
  const expected = doors.map(({ ruleset, secrets }) => ({ ruleset, knocks: secrets }));
  const hide = (text: string) =>
    expected.reduce((scrubbed, door) => scrub(scrubbed, door.knocks), hideLogin(text, connection));
  return await readStatus(
    { connection, recordedHostKey: hostKey, recordedProxyHostKey: proxyHostKey, knocks },
    hide,
    expected,
  );
}

interface FoundKnock {
  readonly host: string | undefined;
  /** The likeliest last. */
  readonly knocks: readonly Knock[];
}

/** A host without a door on SSH needs no knock, so that none is known is no error. */
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

/** Few tries, and no trust in a key that nobody has seen before: there is no state to record it in. */
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

function asLines({ host, persistence, hasClock, warnings, doors }: HostStatus): string[] {
  return [
    `${host}: ${doors.length === 0 ? "no doors" : `${doors.length} door${doors.length > 1 ? "s" : ""}, ${PERSISTENCE[persistence]}`}`,
    ...(hasClock ? [] : ["  its clock cannot be read: who is listed may be listed for long"]),
    ...warnings.map((warning) => `  warning: ${warning}`),
    ...doors.flatMap(doorLines),
  ];
}

function doorLines({
  id,
  owner,
  services,
  granted,
  underWay,
  lockedOut,
  calendar,
  tokens,
  dropped,
  drift,
}: DoorStatus): string[] {
  const line = (name: string, text: string) => `    ${name.padEnd(10)} ${text}`;
  return [
    `  ${owner === "" ? "no jump from the dispatcher" : owner} (PK-${id}): ${services.join("; ")}`,
    ...granted.map((present) => line("granted", `${present.source}${left(present)}`)),
    ...underWay.map((present) =>
      line("under way", `${present.source}, ${present.stage} of ${present.of} knocks${left(present)}`),
    ),
    ...lockedOut.map((present) => line("locked out", `${present.source}${left(present)}`)),
    ...(calendar ? [line("calendar", calendarText(calendar))] : []),
    ...(tokens ? [line("tokens", `${tokens.left} of ${tokens.of} left`)] : []),
    line("dropped", `${dropped.ipv4 + dropped.ipv6} packets (IPv4 ${dropped.ipv4}, IPv6 ${dropped.ipv6})`),
    ...(drift === undefined
      ? [line("drift", "not known: no --stack, and nothing is stored for the next boot")]
      : []),
    ...(drift ?? []).map((difference) => line("drift", difference)),
  ];
}

function calendarText({ until, daysLeft }: NonNullable<DoorStatus["calendar"]>): string {
  if (daysLeft === 0) return `ended at ${until}: no knock opens the door until \`pulumi up\` extends it`;
  return `until ${until}, ${daysLeft} ${daysLeft === 1 ? "day" : "days"} left`;
}

function left({ leftSeconds }: ListedSource): string {
  return leftSeconds === undefined ? "" : `, ${leftSeconds.toFixed(1)} s left`;
}
