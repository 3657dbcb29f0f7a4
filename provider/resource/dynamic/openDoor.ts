import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { SequenceArgs } from "../args/portKnockArgs";
import { openDoorProperties } from "../openDoorProperties";
import { constructorInputs, withSecretOutputs } from "./constructorInputs";
import { DynamicResource } from "./dynamicResource";

/** A door to open during `pulumi up`. */
export interface OpenDoorArgs {
  /** Name or address; IPv6 without brackets. */
  host: Input<string>;
  /** A TCP port of the door. Default 22. */
  port?: Input<number>;
  /** The knocks, in order, as steps or as text. Secret. */
  sequence: Input<SequenceArgs>;
  /** Knock again when any of these changes: give those of the resources that depend on this one. */
  triggers?: Input<unknown[]>;
  /** Only over IPv4, or over IPv6. Default: whichever answers first. */
  family?: Input<4 | 6>;
  /** Milliseconds between two packets, 0 to 60000. Default 30. */
  delayMs?: Input<number>;
  /** Seconds after which the door counts as shut, 1 to 3600. Default 20. */
  timeoutSeconds?: Input<number>;
  /**
   * Whether to see that it is open, by a connection. Default true; false for a door with `singleUse`, whose grant that
   * connection would take.
   */
  check?: Input<boolean>;
}

/**
 * Knocks at a door while `pulumi up` runs: when it is created, and whenever anything of it changes. Resources with
 * `dependsOn` get in, for the door's `openForSeconds`. Deleting it does nothing: a grant ends by itself.
 *
 * @example
 * ```ts
 * const open = new OpenDoor("open", { host: "192.0.2.11", sequence: sequence.current, triggers: [version] });
 * ```
 */
export class OpenDoor extends DynamicResource {
  /** The host's address at which the door was open, for connections that must go to the same one. */
  declare readonly address: Output<string>;

  constructor(name: string, args: OpenDoorArgs, options: CustomResourceOptions = {}) {
    const properties = constructorInputs(openDoorProperties, { ...args });
    super("OpenDoor", "open-door", name, properties, withSecretOutputs(openDoorProperties, options));
  }
}
