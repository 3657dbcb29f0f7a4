import { readFileSync } from "node:fs";
import type { Knock } from "../host/registry";
import { type HostStatus, readStatus } from "../host/status";
import type { DoorStatus, Present } from "../host/status/doors";
import { type Connection, connectionSchema } from "../policy/connection";
import { validateFields } from "../policy/validate";
import { scrubKnocks } from "../rules/redact";
import { sources } from "./sources";
import { type Command, readArgs, readPort, UsageError } from "./usage";

const PERSISTENCE: Readonly<Record<HostStatus["persistence"], string>> = {
  systemd: "loaded at boot by systemd",
  openrc: "loaded at boot by OpenRC",
  none: "gone after a reboot",
  stale: "other rules are loaded at boot",
};

/** Shows what the doors of a host are doing. */
export const status: Command = {
  help: `portknock status HOST [-l USER] [-i FILE] [--port PORT] [--sudo] [--stack NAME | --sequence TEXT] [--json]
  Reads over SSH what the doors of a host are doing: who holds a grant and for how long, who is under way, how many
  packets were dropped, and how the rules differ from those stored for the next boot. Changes nothing. The host's key
  must be in known_hosts.
  -l USER          whom to log in as (default: root)
  -i FILE          a private key; else the ssh-agent logs in
  --port PORT      of SSH (default: 22)
  --sudo           run the host's script through sudo, which must not ask for a password
  --stack NAME, --sequence TEXT, --policy FILE
                   how to knock first, where a door guards SSH; also from $PORTKNOCK_SEQUENCE and the configuration
  --json           the same as JSON; times are seconds`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      login: { type: "string", short: "l", default: "root" },
      identity: { type: "string", short: "i" },
      port: { type: "string", default: "22" },
      sudo: { type: "boolean" },
      stack: { type: "string" },
      sequence: { type: "string" },
      policy: { type: "string" },
      json: { type: "boolean" },
    });
    const [host] = positionals;
    if (host === undefined || positionals.length > 1) throw new UsageError("status takes one host");
    const port = readPort("--port", values.port);
    const { stack, sequence, policy } = values;
    const found = await findKnock({ names: [host], port, stack, sequence, policy });
    const connection = connectionOf({
      host: found?.host ?? host,
      port,
      user: values.login,
      sudo: values.sudo ?? false,
      ...(values.identity !== undefined && { privateKey: readFileSync(values.identity, "utf8") }),
    });
    const entrance = { connection, knocks: () => (found ? [found.knock] : []) };
    const known = found?.knock.sequence ?? [];
    const read = await readStatus(entrance, (text) => scrubKnocks(text, known));
    process.stdout.write(values.json ? `${JSON.stringify(read)}\n` : `${asLines(read).join("\n")}\n`);
  },
};

interface FoundKnock {
  readonly host: string | undefined;
  readonly knock: Knock;
}

/** A host without a door on SSH needs no knock, so that none is known is no error. */
async function findKnock(
  request: Parameters<(typeof sources)[number]["find"]>[0],
): Promise<FoundKnock | undefined> {
  for (const { name, find } of sources) {
    const found = await find(request);
    if (found) return { host: found.host, knock: { sequence: found.sequence, source: name } };
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
  throw new UsageError(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
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
    line("dropped", `${dropped.ipv4 + dropped.ipv6} packets (IPv4 ${dropped.ipv4}, IPv6 ${dropped.ipv6})`),
    ...(drift === undefined ? [line("drift", "not known: nothing is stored for the next boot")] : []),
    ...(drift ?? []).map((difference) => line("drift", difference)),
  ];
}

function left({ leftSeconds }: Present): string {
  return leftSeconds === undefined ? "" : `, ${leftSeconds.toFixed(1)} s left`;
}
