import type { Input } from "@pulumi/pulumi";
import type { KnockSequenceArgs } from "./knockSequenceArgs";
import type { CalendarArgs, ConnectionArgs, PortKnockArgs, SequenceArgs } from "./portKnockArgs";

interface Policy extends Omit<PortKnockArgs, "connection" | "sequence" | "previous" | "calendar"> {
  /**
   * Another sequence for each window of time, as for a PortKnock. Each host's sequences are derived for its address, so
   * `sequence` needs a `master`. Not for a host that gives its own knocks. Default none.
   */
  calendar?: Omit<CalendarArgs, "derivation"> | undefined;
}

/** One host of a fleet. Its fields replace those of the fleet; an undefined field replaces nothing. */
export interface FleetHostArgs extends Partial<Policy> {
  /** The address, as `host`, and the fields that differ from the fleet's `connection`. */
  connection: Input<ConnectionArgs>;
  /**
   * The host's own knocks; or the KnockSequence arguments that differ from the fleet's `sequence`. Default: the fleet makes a
   * KnockSequence for the host.
   */
  sequence?: Input<SequenceArgs> | KnockSequenceArgs;
  /** As for a PortKnock. Only beside the host's own knocks. */
  previous?: PortKnockArgs["previous"];
}

/**
 * The arguments of a PortKnockFleet: the fields of a PortKnock, for all hosts. Every wrong field is reported at once, under its
 * path, before any host is touched. Fields that are outputs are checked when they are known, with their door.
 */
export interface PortKnockFleetArgs<Host extends string = string> extends Policy {
  /**
   * The hosts by name. The names of a host's resources contain it: letters, digits, `.`, `_` and `-`.
   */
  hosts: Readonly<Record<Host, FleetHostArgs>>;
  /** The fields that all hosts' connections share. */
  connection?: Input<Omit<ConnectionArgs, "host">>;
  /**
   * The arguments of the KnockSequence of each host without knocks of its own: random or, with `master`, derived for the
   * host's address. Default: those of a KnockSequence.
   */
  sequence?: Omit<KnockSequenceArgs, "host" | "door">;
  /**
   * Hosts that are changed first: so many, in the order of `hosts`, or those of these names. The other hosts are changed only
   * after each of these is confirmed. Default none.
   */
  canary?: number | readonly string[];
}
