import { log, type Resource } from "@pulumi/pulumi";
import { DOOR_NAME_RULE, doorNameOf } from "../policy/names";
import { plainText } from "../util/plainText";

/**
 * The name by which the command `portknock` knows a door. A resource may have any name, and a stack that has one with other
 * characters stays as it is: the command's is made of it, which the log says.
 */
export function clientName(name: string, resource?: Resource): string {
  const made = doorNameOf(name);
  if (made !== name)
    log.info(
      `${plainText(name, 200)}: \`portknock\` knows this door as ${made}, since its name there ${DOOR_NAME_RULE}`,
      resource,
    );
  return made;
}
