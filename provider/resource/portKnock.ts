import { all, type CustomResourceOptions, log, mergeOptions, type Output, secret } from "@pulumi/pulumi";
import { type ClientConfig, clientDoor } from "../policy/clientConfig";
import type { Sequence, Service } from "../policy/types";
import { adviseOn } from "./advice";
import type { PortKnockArgs } from "./args";
import { DynamicResource } from "./dynamicResource";
import { ownerOf } from "./owner";

const TYPE = "PortKnock";

/** A door on a Linux host: ports that look closed until someone knocks the secret sequence. */
export class PortKnock extends DynamicResource {
  /** The firewall rules, one a line, with each knock replaced by its place in the sequence. Not secret. */
  declare readonly rules: Output<string[]>;
  /** A command that knocks, ready to paste. Secret. */
  declare readonly knockCommand: Output<string>;
  /** The host's public key, as it was seen and is required from now on. */
  declare readonly hostKey: Output<string>;
  /** Who loads the door at the next boot of the host; `none` where it has neither systemd nor OpenRC. */
  declare readonly persistence: Output<"systemd" | "openrc" | "none" | "stale">;
  /** What was seen of the door from here when it was last changed. Undefined for a door without a TCP port. */
  declare readonly verified: Output<{ closedBeforeKnock: boolean; openAfterKnock: boolean } | undefined>;

  /** What the host has that may weaken the door, or take it away. Also logged by every `preview` and `up`. */
  declare readonly warnings: Output<string[]>;

  /** What ~/.config/portknock/config.json wants to know of the door; `clientConfigOf` joins those of many. Secret. */
  readonly clientConfig: Output<ClientConfig>;

  constructor(name: string, args: PortKnockArgs, options: CustomResourceOptions = {}) {
    const properties = {
      ...args,
      connection: secret(args.connection),
      ...(args.sequence !== undefined && { sequence: secret(args.sequence) }),
      ...(args.previous !== undefined && { previous: secret(args.previous) }),
      owner: ownerOf(TYPE, name, options.parent),
      // Outputs must be named, or they would not be set on this object.
      rules: undefined,
      knockCommand: undefined,
      hostKey: undefined,
      persistence: undefined,
      verified: undefined,
      warnings: undefined,
    };
    // `pulumi up --replace` does not ask `diff`; new first would end with the delete of the rules that it has just made.
    const defaults = { deleteBeforeReplace: true };
    const secrets = {
      additionalSecretOutputs: ["connection", "sequence", "previous", "knockCommand", "spareKnocks"],
    };
    super(TYPE, "lifecycle", name, properties, mergeOptions(mergeOptions(defaults, options), secrets));
    adviseOn(this, name, args);
    const { connection, sequence, door, singleUse } = args;
    // Of the inputs, so that state of every release has it; not before the door is there as they say.
    this.clientConfig = secret(
      all([this.knockCommand, connection, sequence, door, singleUse]).apply(
        ([, { host }, steps, services, singleUse]) => ({
          doors: [clientDoor(name, host, steps as Sequence | undefined, services as Service[], singleUse)],
        }),
      ),
    );
    // State of an older release has none.
    this.warnings.apply((warnings: string[] | undefined) => {
      for (const warning of warnings ?? []) log.warn(warning, this);
    });
  }
}
