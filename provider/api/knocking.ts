import { knockAtEach } from "../knock/knock";
import { openConnection } from "../knock/open";
import { roundRobin } from "../knock/rounds";
import { doorTargetFields } from "../policy/doorTarget";
import type { Sequence } from "../policy/types";
import { conflicts, validateFields } from "../policy/validate";
import { omitUndefined } from "../util/omitUndefined";

/** Where to knock, and how. */
export interface KnockOptions {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  /** The knocks, as steps or as text: `tcp/7000,udp/8000,icmp/120`. */
  readonly sequence: Sequence | string;
  /** Only over IPv4, or over IPv6. Default: both, as the name has addresses. */
  readonly family?: 4 | 6;
  /** Milliseconds between two packets, 0 to 60000. Default 30. */
  readonly delayMs?: number;
  /** Ends it early; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A door to open. */
export interface OpenDoorOptions extends KnockOptions {
  /** A TCP port of the door. Default 22. */
  readonly port?: number;
  /** Seconds after which the door counts as shut, 1 to 3600. Default 20. */
  readonly timeoutSeconds?: number;
}

/** A door that opened. */
export interface OpenedDoor {
  /** The host's address at which it opened. */
  readonly address: string;
  /** The address to which it opened: this machine's, as the host sees it where no NAT is between. */
  readonly source: string;
  /** How many times the sequence was sent. */
  readonly tries: number;
}

/**
 * Sends a sequence once, to one address of each family. Whether it arrives is not known.
 * @returns the addresses that it was sent to.
 * @throws TypeError that names every wrong option; PortKnockError `unreachable` where the name is not known; Error where
 *   it could be sent to none.
 */
export async function knock(options: KnockOptions): Promise<string[]> {
  const { signal, ...given } = options;
  const { host, sequence, family, delayMs } = checked(given);
  const knockAt = roundRobin([sequence]);
  return (await knockAtEach({ host, knockAt, family, delayMs, signal })).map(({ address }) => address);
}

/**
 * Knocks until a connection to the door succeeds, and closes it. The door then stays open to this machine's address for the
 * policy's `openForSeconds`. With `singleUse` it does not, since that connection used the grant: use `knock` instead.
 * @throws TypeError that names every wrong option; PortKnockError `shut` where the door did not open, `unreachable` where
 *   the name is not known, `knock` where no packet could be sent.
 */
export async function openDoor(options: OpenDoorOptions): Promise<OpenedDoor> {
  const { signal, ...given } = options;
  const { timeoutSeconds, sequence, ...target } = checked(given);
  const { socket, to, source, tries } = await openConnection({
    ...target,
    knockAt: roundRobin([sequence]),
    timeoutMs: timeoutSeconds * 1000,
    signal,
  });
  socket.destroy();
  return { address: to.address, source, tries };
}

function checked(given: OpenDoorOptions) {
  const { value, failures } = validateFields(doorTargetFields, { ...given });
  const problems = [...failures, ...conflicts(omitUndefined({ sequence: value.sequence }))];
  if (problems.length > 0) {
    throw new TypeError(problems.map(({ property, reason }) => `${property}: ${reason}`).join("; "));
  }
  return value as Required<typeof value>;
}
