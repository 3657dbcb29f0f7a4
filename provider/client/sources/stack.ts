import { type ClientDoor, configFailures } from "../../policy/clientConfig";
import { doorNameOf } from "../../policy/names";
import { askPulumi } from "../pulumi";
import { UsageError } from "../usageError";
import { chooseDoor } from "./chooseDoor";
import type { Source } from "./source";

/** The outputs of a stack: every `clientConfig` in them, under any name and at any depth. */
export const stack: Source = {
  name: "--stack",
  find: async (request) => {
    if (request.stack === undefined) return undefined;
    const doors = doorsIn(await askPulumi(["output", "--json"], request.stack, "the stack's outputs"));
    if (doors.length === 0) {
      throw new UsageError(
        `no output of the stack is the clientConfig of a door: export it from the program`,
      );
    }
    return chooseDoor(doors, request);
  },
};

/** The doors of every clientConfig in the outputs of a stack. @throws UsageError if one is wrong. The message has no value of it. */
export function doorsIn(value: unknown): ClientDoor[] {
  if (!isObject(value)) return [];
  if (!isMeantAsConfig(value)) return Object.values(value).flatMap(doorsIn);
  const doors = value.doors.map(withDoorName);
  const failures = configFailures({ ...value, doors });
  if (failures.length === 0) return doors as unknown as ClientDoor[];
  const lines = failures.map(({ property, reason }) => `${property}: ${reason}`);
  throw new UsageError(["a clientConfig of the stack's outputs is wrong:", ...lines].join("\n"));
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

/** A program may have other outputs with a field `doors`. */
function isMeantAsConfig(value: Fields): value is Fields & { readonly doors: readonly Fields[] } {
  const isDoor = (door: unknown) =>
    isObject(door) &&
    typeof door.host === "string" &&
    Array.isArray(door.door) &&
    ["sequence", "derivation", "oneTime"].some((way) => way in door);
  return Array.isArray(value.doors) && value.doors.length > 0 && value.doors.every(isDoor);
}

/** Releases up to 0.1.0 did not replace characters in the names of resources. */
function withDoorName(door: Fields): Fields {
  return typeof door.name === "string" && door.name !== "" ? { ...door, name: doorNameOf(door.name) } : door;
}
