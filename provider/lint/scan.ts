import { limits } from "../policy/limits";
import { sameStep } from "../policy/sameStep";
import type { Policy, Sequence, Step } from "../policy/types";
import { newcomer, onPacket } from "../rules/automaton";
import type { Finding } from "./finding";
import { type Place, scanPorts, scanSizes } from "./landmarks";
import { COMMON_PORTS } from "./ports";

/** A scan: its packets, each with its place. */
interface Scan {
  readonly code: "linear-scan" | "listed-scan";
  readonly name: string;
  readonly sent: readonly Place[];
}

/** The time that a scan takes for a packet, as shares of the step timeout. 0: all at once. */
const PACES = [1, 1 / 2, 1 / 4, 1 / 16, 1 / 256, 0];

/**
 * Scans that open the door. The automaton runs over the packets of each scan, at paces that fit the step timeout. Wrong
 * ports in between reset a source, so a scan of all ports opens the door if each step is next to the one before, or if
 * only ports of the door or of `ignore` lie between them.
 */
export function scans(policy: Policy): Finding[] {
  const { sequence } = policy;
  if (sequence === undefined) return [];
  const opening = [...linearScans(policy), ...listedScans()].flatMap((scan) => {
    const pace = PACES.find((share) => opens(policy, sequence, scan.sent, share * policy.stepTimeoutSeconds));
    return pace === undefined ? [] : [{ ...scan, seconds: pace * policy.stepTimeoutSeconds }];
  });
  return (["linear-scan", "listed-scan"] as const).flatMap((code): Finding[] => {
    const [first, ...more] = opening.filter((scan) => scan.code === code);
    if (first === undefined) return [];
    const also = more.length === 0 ? "" : `, and so do ${more.length} more scans of that kind`;
    const isPaced = first.seconds > 0 && sequence.length > 1;
    const pace = isPaced ? ` at a pace of up to ${rounded(first.seconds)} s a packet` : "";
    return [
      {
        code,
        severity: "error",
        reason: `a scan of ${first.name} opens the door${pace}${also}`,
        remedy:
          code === "linear-scan"
            ? "choose ports that are not neighbours, and mix protocols; every scan hits a single step"
            : "choose ports that are not on a scanner's list",
        path: "sequence",
      },
    ];
  });
}

/**
 * Whether the packets open the door, sent `secondsApart` from place to place. A scan may begin anywhere, so wrong ports
 * before the first step do not count towards a lockout.
 */
function opens(policy: Policy, [step]: Sequence, sent: readonly Place[], secondsApart: number): boolean {
  let state = newcomer;
  const first = step ? sent.findIndex(({ packet }) => sameStep(packet, step)) : -1;
  for (const { packet, place } of first < 0 ? [] : sent.slice(first)) {
    state = onPacket(policy, state, packet, place * secondsApart).state;
    if (state.grantedAt !== undefined) return true;
  }
  return false;
}

/** Every port of a protocol, or of two; every size of a ping. */
function linearScans(policy: Policy): Scan[] {
  const ports = scanPorts(policy);
  return [
    ...upAndDown("linear-scan", "all TCP ports", portByPort(ports, ["tcp"])),
    ...upAndDown("linear-scan", "all UDP ports", portByPort(ports, ["udp"])),
    ...upAndDown("linear-scan", "all sizes of a ping", scanSizes(policy)),
    ...upAndDown("linear-scan", "all TCP and then all UDP ports", portByPort(ports, ["tcp", "udp"])),
    ...upAndDown("linear-scan", "all UDP and then all TCP ports", portByPort(ports, ["udp", "tcp"])),
    ...upAndDown("linear-scan", "each port by TCP and UDP", sideBySide(ports, ["tcp", "udp"])),
    ...upAndDown("linear-scan", "each port by UDP and TCP", sideBySide(ports, ["udp", "tcp"])),
  ];
}

type Transports = readonly ("tcp" | "udp")[];

function portByPort(ports: readonly number[], protocols: Transports): Place[] {
  return protocols.flatMap((protocol, index) =>
    ports.map((port) => ({ packet: { protocol, port }, place: index * limits.port.max + port })),
  );
}

function sideBySide(ports: readonly number[], protocols: Transports): Place[] {
  return ports.flatMap((port) =>
    protocols.map((protocol, index) => ({ packet: { protocol, port }, place: 2 * port + index })),
  );
}

/** The ports that scanners try first, by number and by frequency. */
function listedScans(): Scan[] {
  return (["tcp", "udp"] as const).flatMap((protocol) => {
    const name = `the ${COMMON_PORTS[protocol].length} most common ${protocol.toUpperCase()} ports`;
    const scan = (ports: readonly number[]) =>
      ports.map((port, place): Place => ({ packet: { protocol, port } as Step, place }));
    const byNumber = COMMON_PORTS[protocol].toSorted((a, b) => a - b);
    return [
      ...upAndDown("listed-scan", name, scan(byNumber)),
      { code: "listed-scan", name: `${name}, most common first`, sent: scan(COMMON_PORTS[protocol]) },
    ];
  });
}

function upAndDown(code: Scan["code"], name: string, up: readonly Place[]): Scan[] {
  const last = up.at(-1)?.place ?? 0;
  const down = up.toReversed().map(({ packet, place }) => ({ packet, place: last - place }));
  return [
    { code, name: `${name} upward`, sent: up },
    { code, name: `${name} downward`, sent: down },
  ];
}

function rounded(seconds: number): string {
  return String(Number(seconds.toPrecision(2)));
}
