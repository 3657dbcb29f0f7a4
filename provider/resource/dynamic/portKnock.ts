import {
  all,
  type CustomResourceOptions,
  log,
  mergeOptions,
  type Output,
  output,
  secret,
} from "@pulumi/pulumi";
import { windowDerivation } from "../../derive/schedule";
import { doorProperties } from "../../door/doorProperties";
import { type ClientConfig, clientDoor } from "../../policy/clientConfig";
import { readSequence } from "../../policy/steps";
import type { TokenList } from "../../policy/tokens";
import type { Calendar, Sequence, Service } from "../../policy/types";
import { plainText } from "../../util/plainText";
import { adviseOn } from "../advice";
import type { PortKnockArgs } from "../args/portKnockArgs";
import { clientName } from "../clientName";
import { absentFields, constructorInputs, withSecretOutputs } from "./constructorInputs";
import { DynamicResource } from "./dynamicResource";
import { ownerOf } from "./owner";

const TYPE = "PortKnock";

const NOT_SEEN_CLOSED =
  "when this door was last changed, its port was not seen closed before the knock (verified.closedBeforeKnock). What to do: `pulumi refresh` names a NAT rule that leads past it; `pulumi up --replace` with the URN of this resource looks again, and takes a door back that does not close";

/** A door on a Linux host: ports that look closed until someone knocks the secret sequence. */
export class PortKnock extends DynamicResource {
  /** The firewall rules, one a line, with each knock replaced by its place in the sequence. Not secret. */
  declare readonly rules: Output<string[]>;
  /** A command that knocks, ready to paste. Secret. */
  declare readonly knockCommand: Output<string>;
  /** The host's public key, as it was seen and is required from now on. */
  declare readonly hostKey: Output<string>;
  /**
   * Who loads the door at the next boot of the host; `none` where it has neither systemd nor OpenRC, `read-only` where it
   * cannot be stored.
   */
  declare readonly persistence: Output<"systemd" | "openrc" | "none" | "stale" | "read-only">;
  /** What was seen of the door from here when it was last changed. Undefined for a door without a TCP port. */
  declare readonly verified: Output<{ closedBeforeKnock: boolean; openAfterKnock: boolean } | undefined>;

  /** When the calendar ends: from then on the door is closed, unless an `up` extends it before. Undefined without one. */
  declare readonly calendarUntil: Output<string | undefined>;
  /** On how many days it still had windows when it was last looked at, that day included. Undefined without one. */
  declare readonly calendarDaysLeft: Output<number | undefined>;

  /** What the host has that may weaken the door, or take it away. Also logged by every `preview` and `up`. */
  declare readonly warnings: Output<string[]>;

  /** How many one-time tokens nobody has used, as the host was last seen. Undefined for a door without any. */
  declare readonly tokensLeft: Output<number | undefined>;

  /** The one-time tokens, each in its place. Secret. */
  declare readonly tokens: Output<TokenList | undefined>;

  /** In a preview: how many used tokens are about to give way to new ones. Also logged as a warning. */
  declare readonly refill: Output<string | undefined>;

  /** What ~/.config/portknock/config.json wants to know of the door; `clientConfigOf` joins those of many. Secret. */
  readonly clientConfig: Output<ClientConfig>;

  constructor(name: string, args: PortKnockArgs, options: CustomResourceOptions = {}) {
    const properties = {
      ...constructorInputs(doorProperties, { ...args }),
      owner: ownerOf(TYPE, name, options.parent),
    };
    // `pulumi up --replace` does not ask `diff`; new first would end with the delete of the rules that it has just made.
    const defaults = mergeOptions({ deleteBeforeReplace: true }, options);
    super(TYPE, "lifecycle", name, properties, withSecretOutputs(doorProperties, defaults));
    const absent = absentFields(doorProperties, { ...args });
    Object.assign(this, Object.fromEntries(absent.map((field) => [field, output(undefined)])));
    adviseOn(this, name, args);
    const nameForClient = clientName(name, this);
    const { connection, sequence, calendar, door, singleUse } = args;
    // Of the inputs, so that state of every release has it; not before the door is there as they say.
    this.clientConfig = secret(
      all([this.knockCommand, connection, sequence, calendar, door, singleUse, this.tokens]).apply(
        ([command, { host }, steps, windows, services, singleUse, tokens]) => {
          // It has the address that ~/.ssh/config gives an alias. As an output, that would be unknown wherever there is none.
          const [, reached = host] = /^portknock knock (\S+)/.exec(command) ?? [];
          const knocks = {
            sequence: typeof steps === "string" ? readSequence(steps) : (steps as Sequence | undefined),
            derivation: windows?.derivation && windowDerivation(windows as Calendar),
            tokens: tokens as TokenList | undefined,
          };
          return { doors: [clientDoor(nameForClient, reached, knocks, services as Service[], singleUse)] };
        },
      ),
    );
    this.refill.apply((refill: string | undefined) => {
      if (refill) log.warn(plainText(`${name}: refills ${refill}: take the new clientConfig`), this);
    });
    this.verified.apply((verified) => {
      if (verified?.closedBeforeKnock === false) log.warn(plainText(`${name}: ${NOT_SEEN_CLOSED}`), this);
    });
    // State of an older release has none, or has them as the host wrote them.
    this.warnings.apply((warnings: string[] | undefined) => {
      for (const warning of warnings ?? []) log.warn(plainText(warning), this);
    });
  }
}
