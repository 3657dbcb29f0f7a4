import { log, type Resource } from "@pulumi/pulumi";
import { DOOR_NAME_RULE, doorNameOf } from "../../policy/names";
import { plainText } from "../../util/plainText";

/**
 * The name by which the command `portknock` knows a door. A resource may have any name; characters that the command does not
 * allow are replaced, and the log says so.
 */
export function clientName(name: string, resource?: Resource): string {
  const clientsName = doorNameOf(name);
  if (clientsName !== name)
    log.info(
      `${plainText(name, 200)}: \`portknock\` knows this door as ${clientsName}, since its name there ${DOOR_NAME_RULE}`,
      resource,
    );
  return clientsName;
}
