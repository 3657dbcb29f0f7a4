import type { Door } from "../door/door";
import type { Failure } from "../policy/conflicts";
import { portRanges } from "../policy/ports";
import type { Policy } from "../policy/types";
import { identify } from "../rules/identity";

/** The ports that a door of the program asks for on a host. */
interface Claim {
  readonly id: string;
  readonly name: string;
  readonly policy: Pick<Policy, "door" | "families" | "chain">;
}

/**
 * By host and then by owner, those of the doors that this process has checked. The engine starts one for each preview
 * and each `up`, so they are of one program: each check of a door takes the place of its earlier one.
 */
const claims = new Map<string, Map<string, Claim>>();
const hostOfOwner = new Map<string, string>();

/** Remembers what a door asks for, and says which of it another door of the program has. */
export function claimPorts({ connection, identity, policy }: Door): Failure[] {
  const { host, port, proxy } = connection;
  // Two hosts behind one address are told by their ports, those of two private networks by their bastions.
  const key = JSON.stringify([host.toLowerCase(), port, proxy?.host, proxy?.port]);
  const { id, owner } = identity;
  claims.get(hostOfOwner.get(owner) ?? "")?.delete(owner);
  const others = claims.get(key) ?? new Map<string, Claim>();
  const failures = [...others.values()].flatMap((other) =>
    other.id === id ? [sharedId(owner, other.name, id, host)] : sharedPorts(policy, other, host),
  );
  others.set(owner, { id, name: owner, policy });
  claims.set(key, others);
  hostOfOwner.set(owner, key);
  return failures.slice(0, 1);
}

/**
 * A door that was renamed by `aliases` keeps its identity on the host, which follows from its first name. Pulumi checks
 * the two in either order.
 */
function sharedId(owner: string, other: string, id: string, host: string): Failure {
  const [added, renamed] = identify(owner, host).id === id ? [owner, other] : [other, owner];
  return {
    property: "name",
    reason: `${added} is the former name of the door ${renamed}, which has it on the host still: give the new door another name`,
  };
}

/** As the host tells a conflict: INPUT is one place, and all chains of forwarded packets another (apply.sh). */
function sharedPorts(policy: Claim["policy"], { name, policy: other }: Claim, host: string): Failure[] {
  const isSamePlace = (policy.chain === "INPUT") === (other.chain === "INPUT");
  if (!isSamePlace || !policy.families.some((family) => other.families.includes(family))) return [];
  return policy.door.flatMap(({ protocol, ports }, index) =>
    portRanges(ports).flatMap(({ first, last }) => {
      const taken = other.door
        .filter((service) => service.protocol === protocol)
        .flatMap((service) => portRanges(service.ports))
        .find((range) => first <= range.last && range.first <= last);
      if (taken === undefined) return [];
      const shared = Math.max(first, taken.first);
      return [
        {
          property: `door[${index}].ports`,
          reason: `${protocol}/${shared} of ${host} belongs to the door ${name} of this program as well: a port of a host can have one door. Give each door ports of its own, or leave one of the two out`,
        },
      ];
    }),
  );
}
