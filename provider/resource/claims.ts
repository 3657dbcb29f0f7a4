import type { Door } from "../door/door";
import { type DeclaredDoor, declareDoor } from "../host/registry";
import type { Failure } from "../policy/conflicts";
import { portRanges } from "../policy/ports";
import { identify } from "../rules/identity";

/** Declares a door of the program, and says which of its ports, or whose name, another door of the program has. */
export function claimPorts({ connection, identity, policy }: Door): Failure[] {
  const { host, port, proxy } = connection;
  // Two hosts behind one address have different ports, those of two private networks different bastions.
  const place = JSON.stringify([host.toLowerCase(), port, proxy?.host, proxy?.port]);
  const door: DeclaredDoor = { ...identity, place, policy };
  const failures = declareDoor(door).flatMap((other) =>
    other.id === door.id
      ? [sharedId(door.owner, other.owner, door.id, host)]
      : sharedPorts(door, other, host),
  );
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

/** A conflict as the host sees it: INPUT is one place, and all chains of forwarded packets another (apply.sh). */
function sharedPorts(
  { policy }: DeclaredDoor,
  { owner, policy: other }: DeclaredDoor,
  host: string,
): Failure[] {
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
          reason: `${protocol}/${shared} of ${host} belongs to the door ${owner} of this program as well: a port of a host can have one door. Give each door ports of its own, or leave one of the two out`,
        },
      ];
    }),
  );
}
