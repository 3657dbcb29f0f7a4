import { isIPv6 } from "node:net";
import { sequencesAt } from "../derive/derivation";
import type { Door } from "../door/door";
import { guardsSsh } from "../door/guards";
import { knockSourcesOf } from "../door/knockSources";
import type { Probe } from "../host/apply/probe";
import { unsendableSteps } from "../policy/connection";
import { networkAccessOf } from "../policy/networks";
import { portRanges } from "../policy/ports";

/** How the door can be seen from here, by one TCP port of each service; undefined where it cannot. */
export function probeOf(door: Door): Probe | undefined {
  const { policy, connection } = door;
  const [source] = knockSourcesOf(policy);
  const ports = policy.door.flatMap(({ protocol, ports }) => {
    const [range] = portRanges(ports);
    return protocol === "tcp" && range ? [range.first] : [];
  });
  if (source === undefined) return undefined;
  const sequence = () =>
    "sequence" in source ? source.sequence : sequencesAt(source.derivation, Date.now())[0];
  const isSendable = connection.proxy === undefined || unsendableSteps(sequence(), "").length === 0;
  // What passes through the host may not be for its own address.
  if (policy.chain !== "INPUT" || ports.length === 0 || !isSendable) return undefined;
  return {
    ports,
    sequence,
    closedReply: policy.closedResponse === "reset" ? "refused" : "none",
    isOnSsh: guardsSsh(door),
    isSingleUse: policy.singleUse,
    guardsAgainst: (address) =>
      policy.families.includes(isIPv6(address) ? "ipv6" : "ipv4") &&
      networkAccessOf(policy, address) === "stranger",
  };
}
