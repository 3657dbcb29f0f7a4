import { PortKnockError } from "../../errors";
import { answerOf, execute, type Phase } from "../execute";
import type { Session } from "../ssh/session";
import { stateText } from "../states";
import { type Probe, probeClosed } from "./probe";

/** Long enough for a lost SYN to be sent again (RFC 6298: after a second). */
const SECOND_LOOK_MS = 2_000;

const SCRIPT_TIMEOUT_MS = 30_000;

/** What the host says of a door that does not close, or does not open. */
export interface Recheck {
  /** Sentences about NAT rules that may take packets past the door, or that cannot be read. */
  readonly pastDoor: readonly string[];
  /** Sentences about NAT rules that bring packets for other ports to the door. */
  readonly toDoor: readonly string[];
  /** Whether our own grant was taken back. */
  readonly isRevoked: boolean;
}

/** Takes our own grant back, and asks the host which of its NAT rules concern the door. */
export async function recheck(session: Session, doorId: string, phase: Phase): Promise<Recheck> {
  const ending = await execute(session, "recheck", { ID: doorId }, SCRIPT_TIMEOUT_MS, phase);
  const { diversions, isRevoked } = answerOf(ending);
  const sentences = diversions.map(phase.scrub);
  const isToDoor = (sentence: string) => sentence.startsWith("NAT brings ");
  return {
    pastDoor: sentences.filter((sentence) => !isToDoor(sentence)),
    toDoor: sentences.filter(isToDoor),
    isRevoked,
  };
}

/**
 * For ports that took a connection before the knock: looks once more, without any grant of our own address.
 * @returns true where they are closed then, undefined where our own grant could not be taken back, which proves nothing.
 * @throws PortKnockError `bypassed` where they stay open.
 */
export async function probeClosedAgain(
  session: Session,
  doorId: string,
  probe: Probe,
  phase: Phase,
  waysPast: string,
): Promise<true | undefined> {
  const { pastDoor, isRevoked } = await recheck(session, doorId, phase);
  if (!isRevoked) return undefined;
  const { open } = await probeClosed(session.route, probe, SECOND_LOOK_MS);
  if (open.length === 0) return true;
  const ports = open.map((port) => `tcp/${port}`).join(", ");
  const reason = `${ports} ${open.length === 1 ? "is" : "are"} open without a knock, although the door's rules were loaded`;
  const why = pastDoor.length > 0 ? pastDoor.join(". ") : NO_DIVERSION;
  throw new PortKnockError("bypassed", `${reason}. ${why}`, {
    host: phase.host,
    phase: phase.phase,
    hostState: stateText(phase.stateUnknown),
    remedy:
      pastDoor.length > 0
        ? "do as said of the NAT rule, then run `pulumi up` again."
        : `look for ${waysPast}, for a proxy on the way that answers for the host (connect through connection.proxy then), and for someone behind your address who has just knocked (run \`pulumi up\` again).`,
  });
}

const NO_DIVERSION = "No NAT rule that iptables or nft shows there takes them past the door";
