import { defaultBackend } from "../door/backend";
import type { DoorStatus, ListedSource } from "../host/status/doorStatus";
import type { HostStatus } from "../host/status/readStatus";

const PERSISTENCE: Readonly<Record<HostStatus["persistence"], string>> = {
  systemd: "loaded at boot by systemd",
  openrc: "loaded at boot by OpenRC",
  none: "gone after a reboot",
  stale: "other rules are loaded at boot",
  "read-only": "lost at the next reboot: the host's files are read-only",
};

/** The status of a host, with the name that the user gave it. */
export type NamedStatus = HostStatus & { readonly name: string };

/** The status of a host in words. */
export function statusLines({ name, host, persistence, hasClock, warnings, doors }: NamedStatus): string[] {
  return [
    `${name === host ? host : `${name} (${host})`}: ${doors.length === 0 ? "no doors" : `${doors.length} door${doors.length > 1 ? "s" : ""}, ${PERSISTENCE[persistence]}`}`,
    ...(hasClock
      ? []
      : ["  its clock cannot be read, so the times of sources are unknown: their grants may have ended"]),
    ...warnings.map((warning) => `  warning: ${warning}`),
    ...doors.flatMap(doorLines),
  ];
}

function doorLines({
  firewall,
  chain,
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
    `  ${owner === "" ? "not reached from the dispatcher" : owner} (${chain}${firewall === defaultBackend.name ? "" : ` in ${firewall}`}): ${services.join("; ")}`,
    ...granted.map((present) => line("granted", `${present.source}${left(present)}`)),
    ...underWay.map((present) =>
      line("under way", `${present.source}, ${present.stage} of ${present.of} knocks${left(present)}`),
    ),
    ...lockedOut.map((present) => line("locked out", `${present.source}${left(present)}`)),
    ...(calendar ? [line("calendar", calendarText(calendar))] : []),
    ...(tokens ? [line("tokens", `${tokens.left} of ${tokens.of} left`)] : []),
    line("dropped", `${dropped.ipv4 + dropped.ipv6} packets (IPv4 ${dropped.ipv4}, IPv6 ${dropped.ipv6})`),
    ...(drift === undefined
      ? [line("drift", "unknown: give --stack (the host stores no rules for its next boot)")]
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
