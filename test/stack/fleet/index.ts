import { readFileSync } from "node:fs";
import { Config } from "@pulumi/pulumi";
import { KnockSequence, type KnockSequenceArgs, PortKnock, type PortKnockArgs } from "pulumi-portknock";

/** A door, and how its sequence is made; derived where that names a host. */
interface Entry {
  sequence: KnockSequenceArgs;
  door: Omit<PortKnockArgs, "sequence" | "previous">;
}

const entries = JSON.parse(readFileSync("doors.json", "utf8")) as Record<string, Entry>;
const master = new Config().getSecret("master");

export const doors = Object.fromEntries(
  Object.entries(entries).map(([name, entry]) => {
    const args = entry.sequence.host === undefined ? entry.sequence : { ...entry.sequence, master };
    const { current, previous, generation, derivation } = new KnockSequence(name, args);
    const { knockCommand } = new PortKnock(name, { ...entry.door, sequence: current, previous });
    return [name, { current, previous, generation, derivation, knockCommand }];
  }),
);
