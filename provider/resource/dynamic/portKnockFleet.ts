import { ComponentResource, type ComponentResourceOptions, type Output, RunError } from "@pulumi/pulumi";
import type { ClientConfig } from "../../policy/clientConfig";
import { plainText } from "../../util/plainText";
import type { FleetHostArgs, PortKnockFleetArgs } from "../args/fleetArgs";
import { canariesOf } from "../fleet/canary";
import { fleetFailures } from "../fleet/check";
import { doorArgs, sequenceArgs } from "../fleet/merge";
import { MODULE } from "../urn";
import { clientConfigOf } from "./clientConfig";
import { KnockSequence } from "./knockSequence";
import { PortKnock } from "./portKnock";

const TYPE = "PortKnockFleet";

/** The classes of what a fleet declares. */
interface Parts {
  readonly KnockSequence: typeof KnockSequence;
  readonly PortKnock: typeof PortKnock;
}

/**
 * A door on each of many hosts: one policy, and a sequence for each host.
 *
 * @example
 * ```ts
 * const fleet = new PortKnockFleet("edge", {
 *   hosts: {
 *     web1: { connection: { host: "192.0.2.11" } },
 *     web2: { connection: { host: "192.0.2.12" }, openForSeconds: 30 },
 *   },
 *   door: [{ protocol: "tcp", ports: [22] }],
 *   sequence: { rotateEvery: "30d" },
 *   canary: 1,
 * });
 *
 * export const clientConfig = fleet.clientConfig;
 * ```
 */
export class PortKnockFleet<Host extends string = string> extends ComponentResource {
  /** The doors, by the names of their hosts. */
  readonly doors: Readonly<Record<Host, PortKnock>>;
  /** The sequences that the fleet makes, by the names of their hosts; none for a host that gives its knocks. */
  readonly sequences: Readonly<Partial<Record<Host, KnockSequence>>>;
  /** The entries of all doors for ~/.config/portknock/config.json, each under the name of its host. Secret. */
  readonly clientConfig: Output<ClientConfig>;

  /** @internal */
  static readonly parts: Parts = { KnockSequence, PortKnock };

  /** @throws RunError that names every wrong field, and no value, before anything is declared. */
  constructor(name: string, args: PortKnockFleetArgs<Host>, options: ComponentResourceOptions = {}) {
    const failures = fleetFailures(args).map(({ property, reason }) => plainText(`${property}: ${reason}`));
    if (failures.length > 0)
      throw new RunError([`${TYPE} ${plainText(name)} cannot be made:`, ...failures].join("\n  "));
    super(`${MODULE}:index:${TYPE}`, name, {}, options);
    const { parts } = new.target;
    const doors: Record<string, PortKnock> = {};
    const sequences: Record<string, KnockSequence> = {};
    const declare = (host: string, own: FleetHostArgs, dependsOn: PortKnock[]) => {
      const childName = `${name}-${host}`;
      const childOptions = { parent: this, dependsOn };
      const recipe = sequenceArgs(args, own, childName);
      const sequence = recipe && new parts.KnockSequence(childName, recipe, childOptions);
      if (sequence) sequences[host] = sequence;
      doors[host] = new parts.PortKnock(childName, doorArgs(args, own, sequence), childOptions);
    };
    const hosts = Object.entries<FleetHostArgs>(args.hosts);
    const canaries = canariesOf(Object.keys(args.hosts), args.canary);
    for (const [host, own] of hosts) if (canaries.includes(host)) declare(host, own, []);
    const confirmed = Object.values(doors);
    for (const [host, own] of hosts) if (!canaries.includes(host)) declare(host, own, confirmed);
    this.doors = doors as Record<Host, PortKnock>;
    this.sequences = sequences as Partial<Record<Host, KnockSequence>>;
    this.clientConfig = clientConfigOf(doors);
    // The state has the doors' outputs once; a copy here would grow with the fleet.
    this.registerOutputs({});
  }
}
