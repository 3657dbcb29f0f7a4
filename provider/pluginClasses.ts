import { KnockSequence as DynamicKnockSequence } from "./resource/dynamic/knockSequence";
import { OpenDoor as DynamicOpenDoor } from "./resource/dynamic/openDoor";
import { PortKnock as DynamicPortKnock } from "./resource/dynamic/portKnock";
import { PortKnockFleet as DynamicPortKnockFleet } from "./resource/dynamic/portKnockFleet";

/**
 * The classes of `pulumi-portknock`, run by the plugin `pulumi-resource-portknock` in place of a dynamic provider:
 * `import { PortKnock } from "pulumi-portknock/plugin"`. Arguments, outputs and ids are the same, and a program may change from
 * one import to the other and back: `up` then changes nothing.
 */

const frontEnd = "plugin" as const;

/** A door on a Linux host: ports that look closed until someone knocks the secret sequence. */
export class PortKnock extends DynamicPortKnock {
  /** @internal */
  static override readonly frontEnd = frontEnd;
}

/** A knock sequence that rotates: random, or derived from a master secret. */
export class KnockSequence extends DynamicKnockSequence {
  /** @internal */
  static override readonly frontEnd = frontEnd;
}

/** Knocks at a door while `pulumi up` runs. */
export class OpenDoor extends DynamicOpenDoor {
  /** @internal */
  static override readonly frontEnd = frontEnd;
}

/** A door on each of many hosts: one policy, and a sequence for each host. */
export class PortKnockFleet<Host extends string = string> extends DynamicPortKnockFleet<Host> {
  /** @internal */
  static override readonly parts = { KnockSequence, PortKnock };
}

export { clientConfigOf } from "./resource/dynamic/clientConfig";
