import { readFileSync } from "node:fs";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { PortKnock, type PortKnockArgs } from "pulumi-portknock";

// The doors by name, in the order in which they are to be declared. A file, and not the stack's configuration: so it is
// for PortKnock alone to keep what is secret in it.
const wanted = JSON.parse(readFileSync("doors.json", "utf8")) as Record<
  string,
  PortKnockArgs & { options?: CustomResourceOptions }
>;

export const doors = Object.fromEntries(
  Object.entries(wanted).map(([name, { options, ...args }]) => {
    const door = new PortKnock(name, args, options);
    const { rules, knockCommand, hostKey, clientConfig, tokensLeft } = door;
    return [name, { rules, knockCommand, hostKey, clientConfig, tokensLeft }];
  }),
);
