import { otherBackend } from "../door/backend";
import type { Door } from "../door/door";
import type { Properties } from "../door/properties";
import { PortKnockError } from "../errors";
import { APPLYING } from "../host/execute";
import { isUntouched } from "../host/states";
import { applyDoor, knownDoor } from "./applyDoor";
import { newTokens } from "./checkedTokens";
import { reasonOfNew, reasonOfOther } from "./firewallReason";

/**
 * Puts a door on its host, in the firewall that it asks for. With `auto` that is iptables; if iptables does not work there, and the
 * host is as it was, the same door goes into nftables.
 */
export async function createDoor(inputs: Properties, door: Door): Promise<Properties> {
  const fresh = newTokens(door.tokens, undefined);
  try {
    return await applyDoor({
      ...{ inputs, door, fresh, history: {} },
      firewallReason: reasonOfNew(door, inputs),
    });
  } catch (error) {
    const mayMove = door.wantedBackend === "auto" && inputs.firewall === undefined;
    if (!mayMove || !isUnfit(error) || !isUntouched(error.details)) throw error;
    const moved = { ...inputs, firewall: otherBackend };
    const other = knownDoor(moved);
    if (other.backend.unsupported(other.policy).length > 0) throw error;
    const firewallReason = reasonOfOther(error.reason);
    return await applyDoor({ ...{ inputs: moved, door: other, fresh, history: {} }, firewallReason }).catch(
      (second: unknown) => {
        throw isUnfit(second) ? bothUnfit(error, second) : second;
      },
    );
  }
}

/** Whether the host itself said so. What keeps a login from working, no other firewall mends. */
function isUnfit(error: unknown): error is PortKnockError {
  return error instanceof PortKnockError && error.code === "host-unfit" && error.details.phase === APPLYING;
}

/** Neither firewall works. What is wrong with the host itself, both say. */
function bothUnfit(first: PortKnockError, second: PortKnockError): PortKnockError {
  if (first.reason === second.reason) return second;
  // A reason that names a package says what to do, and "nftables" in place of iptables is no way out.
  const remedies = [first, second].flatMap(({ reason, details: { remedy } }) =>
    reason.includes(" is missing: install ") ? [] : (remedy ?? []),
  );
  return new PortKnockError("host-unfit", `${first.reason}. Nor does nftables work there: ${second.reason}`, {
    ...second.details,
    ...(remedies.length > 0 && { remedy: [...new Set(remedies)].join(" Or: ") }),
  });
}
