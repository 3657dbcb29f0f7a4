import type { Input } from "@pulumi/pulumi";
import type { KnockSequenceArgs } from "./knockSequenceArgs";
import type { CalendarArgs, ConnectionArgs, PortKnockArgs, SequenceArgs } from "./portKnockArgs";

interface Policy extends Omit<PortKnockArgs, "connection" | "sequence" | "previous" | "calendar"> {
  /**
   * Another sequence for each window of time, as for a PortKnock; each host's is derived for its address, so `sequence` needs
   * a `master`. Not for a host that gives its own knocks. Default none.
   */
  calendar?: Omit<CalendarArgs, "derivation"> | undefined;
}

/** One host of a fleet. What it gives replaces the fleet's; a field that is undefined gives nothing. */
export interface FleetHostArgs extends Partial<Policy> {
  /** `host`, its address, and what differs from the fleet's `connection`, field by field. */
  connection: Input<ConnectionArgs>;
  /**
   * The host's own knocks; or, as for a KnockSequence, what of the fleet's `sequence` is another for it. Default: the
   * fleet makes a KnockSequence for the host.
   */
  sequence?: Input<SequenceArgs> | KnockSequenceArgs;
  /** As for a PortKnock. Only beside knocks of its own. */
  previous?: PortKnockArgs["previous"];
}

/**
 * What a PortKnockFleet is asked for: the fields of a PortKnock, for all hosts. Every wrong field is reported at once, under
 * its path, before any host is touched; those that come as outputs are checked when they are known, with their door.
 */
export interface PortKnockFleetArgs<Host extends string = string> extends Policy {
  /**
   * The hosts by name. A name is part of those of the host's resources, so it stands in the program as it is: letters,
   * digits, `.`, `_` and `-`.
   */
  hosts: Readonly<Record<Host, FleetHostArgs>>;
  /** What the hosts' connections have in common. */
  connection?: Input<Omit<ConnectionArgs, "host">>;
  /**
   * How the sequence of each host is made that has none of its own: by a KnockSequence of these arguments, at random or,
   * with `master`, derived for the host's address. Default: that of a KnockSequence.
   */
  sequence?: Omit<KnockSequenceArgs, "host" | "door">;
  /**
   * Hosts that are changed first: so many, in the order of `hosts`, or those of these names. The others are touched only
   * once each of these was confirmed. Default none.
   */
  canary?: number | readonly string[];
}
