import {
  all,
  type CustomResourceOptions,
  log,
  mergeOptions,
  type Output,
  output,
  secret,
} from "@pulumi/pulumi";
import { doorProperties } from "../../door/doorProperties";
import type { ClientConfig } from "../../policy/clientConfig";
import type { TokenList } from "../../policy/tokens";
import { plainText } from "../../util/plainText";
import type { PortKnockArgs } from "../args/portKnockArgs";
import { clientEntry } from "../clientEntry";
import { refillWarning, stateWarnings } from "../stateWarnings";
import { clientName } from "./clientName";
import { absentFields, constructorInputs, withSecretOutputs } from "./constructorInputs";
import { DynamicResource } from "./dynamicResource";
import { ownerOf } from "./owner";

const TYPE = "PortKnock";

/**
 * A door on a Linux host: ports that look closed until someone knocks the secret sequence.
 *
 * @example
 * ```ts
 * const sequence = new KnockSequence("web", { rotateEvery: "30d" });
 *
 * const ssh = new PortKnock("web", {
 *   connection: { host: "192.0.2.11", privateKey: new Config().requireSecret("privateKey") },
 *   sequence: sequence.current,
 *   previous: sequence.previous,
 *   door: [{ protocol: "tcp", ports: [22] }],
 * });
 *
 * export const clientConfig = ssh.clientConfig;
 * ```
 */
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
  /** The firewall that the door is in. State of an older release has it from the next change or refresh on. */
  declare readonly firewall: Output<"iptables" | "nftables">;
  /** Why it is in that one: `backend` asks for it, it was there before, or why iptables does not work on the host. */
  declare readonly firewallReason: Output<string>;
  /** How the door looked from here when it was last changed. Undefined for a door without a TCP port. */
  declare readonly verified: Output<{ closedBeforeKnock: boolean; openAfterKnock: boolean } | undefined>;

  /** When the calendar ends. Then the door stays closed until an `up` extends it. Undefined without a calendar. */
  declare readonly calendarUntil: Output<string | undefined>;
  /** Days that the calendar still covered when it was last read, that day included. Undefined without a calendar. */
  declare readonly calendarDaysLeft: Output<number | undefined>;

  /** What on the host may weaken or remove the door. Every `preview` and `up` logs it as well. */
  declare readonly warnings: Output<string[]>;

  /** Unused one-time tokens when the host was last read. Undefined for a door without tokens. */
  declare readonly tokensLeft: Output<number | undefined>;

  /** The one-time tokens, each in its place. Secret. */
  declare readonly tokens: Output<TokenList | undefined>;

  /** In a preview: how many used tokens the `up` replaces. Also logged as a warning. */
  declare readonly refill: Output<string | undefined>;

  /** The door's entry for ~/.config/portknock/config.json; `clientConfigOf` joins those of many doors. Secret. */
  readonly clientConfig: Output<ClientConfig>;

  constructor(name: string, args: PortKnockArgs, options: CustomResourceOptions = {}) {
    const properties = {
      ...constructorInputs(doorProperties, { ...args }),
      owner: ownerOf(TYPE, name, options.parent),
    };
    // `pulumi up --replace` does not ask `diff`. Creating first would end with the deletion of the new rules.
    const defaults = mergeOptions({ deleteBeforeReplace: true }, options);
    super(TYPE, "lifecycle", name, properties, withSecretOutputs(doorProperties, defaults));
    const absent = output(undefined);
    Object.assign(
      this,
      Object.fromEntries(absentFields(doorProperties, { ...args }).map((field) => [field, absent])),
    );
    // Once the program has declared its resources, the engine starts the provider: the linter takes none of its time then.
    setImmediate(async () => (await import("./advice")).adviseOn(this, name, args));
    const nameForClient = clientName(name, this);
    const { connection, sequence, calendar, door, singleUse } = args;
    // From the inputs, since state of every release has them, and the command, so that it waits for the door.
    this.clientConfig = secret(
      all([this.knockCommand, connection, sequence, calendar, door, singleUse, this.tokens]).apply(
        ([knockCommand, connection, sequence, calendar, door, singleUse, tokens]) =>
          clientEntry(nameForClient, {
            knockCommand,
            connection,
            sequence,
            calendar,
            door,
            singleUse,
            tokens,
          }),
      ),
    );
    this.refill.apply((refill: string | undefined) => {
      if (refill) log.warn(plainText(refillWarning(name, refill)), this);
    });
    // State of an older release has no warnings, or has them as the host wrote them.
    all([this.verified, this.warnings]).apply(([verified, warnings]) => {
      for (const warning of stateWarnings(name, { verified, warnings })) log.warn(plainText(warning), this);
    });
  }
}
