import { PortKnockError } from "../errors";
import type { Sequence } from "../policy/types";
import type { DoorTarget } from "./doorTarget";
import type { Address } from "./send";

/** The result of one try: the knocks could not be sent, the door did not answer, or something refused. */
export interface ClosedEvidence {
  readonly to: Address;
  /** The local address of the packets; empty without a route. */
  readonly source: string;
  /** The sequence that was sent, if any. */
  readonly sequence?: Sequence;
  readonly end: "unsent" | "silent" | "refused";
  readonly error: unknown;
}

/** The error for a door that stayed shut: what was sent, from where, and what may be wrong. It contains no knock. */
export function shut(
  { host, port }: DoorTarget,
  delayMs: number,
  waitedMs: number,
  evidence: readonly ClosedEvidence[],
): PortKnockError {
  const details = { host, phase: "knocking", hostState: "unchanged", cause: evidence.at(-1)?.error };
  const tried = evidence.filter(({ end }) => end !== "unsent");
  if (tried.length === 0) {
    return new PortKnockError("knock", "the knocks could not be sent", {
      ...details,
      cause: evidence[0]?.error,
      remedy:
        "check the route to the host (ip route get), this machine's own firewall, and that ping is there.",
    });
  }
  const kinds = tried
    .at(-1)
    ?.sequence?.map(({ protocol }) => protocol)
    .join(", ");
  const ways = new Set(tried.map(({ to, source }) => `from ${source} to ${to.address}`));
  const isRefused = tried.some(({ end }) => end === "refused");
  return new PortKnockError(
    "shut",
    `tcp/${port} stayed shut for ${Math.round(waitedMs / 1000)} s. ` +
      `Sent ${tried.length} times: ${kinds}, ${delayMs} ms apart, ${[...ways].join(" and ")}. ` +
      `Each connection after it was ${isRefused ? "refused" : "left without an answer"}`,
    { ...details, cause: undefined, remedy: (isRefused ? IF_REFUSED : IF_SILENT).join("; ") },
  );
}

/** A host counts every packet from an address as an attempt of that address, whoever sent it. */
export const RESET_BY_OTHERS =
  "that nothing else sends packets to the host from this address meanwhile, your own or forged, because each is a wrong knock. " +
  "For your own traffic, name its ports in the door's `ignore`. Against forged packets, use one-time tokens, `allowFrom`, or a VPN such as WireGuard";

const IF_SILENT = [
  "check that this is the door's current sequence (it may have been rotated), or that the tokens are unused (a reboot of the host uses up all of them)",
  "that the host is up",
  "that knocks and connection reach it from one address (carrier NAT and some VPNs change it)",
  "that no network on the way filters or reorders the knocks (try --delay 200)",
  `${RESET_BY_OTHERS}.`,
];

const IF_REFUSED = [
  "check that the service listens on the door's port, and that this is the right port",
  "that this is the door's current sequence, if the door answers like a closed port",
  `then also ${RESET_BY_OTHERS}.`,
];
