import { readFileSync } from "node:fs";
import { PortKnock, type PortKnockArgs } from "pulumi-portknock";

// The doors by name, in the order in which they are to be declared. A file, and not the stack's configuration: so it is
// for PortKnock alone to keep what is secret in it.
const wanted = JSON.parse(readFileSync("doors.json", "utf8")) as Record<string, PortKnockArgs>;

export const doors = Object.fromEntries(
  Object.entries(wanted).map(([name, args]) => {
    const { rules, knockCommand, hostKey, clientConfig, tokensLeft } = new PortKnock(name, args);
    return [name, { rules, knockCommand, hostKey, clientConfig, tokensLeft }];
  }),
);
