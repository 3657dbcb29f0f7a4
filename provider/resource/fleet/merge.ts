import { all, type Input, type Output, output } from "@pulumi/pulumi";
import type { FleetHostArgs, PortKnockFleetArgs } from "../args/fleetArgs";
import type { KnockSequenceArgs } from "../args/knockSequenceArgs";
import type { ConnectionArgs, PortKnockArgs } from "../args/portKnockArgs";
import { isLater } from "../isLater";
import { hasKnocks, overlay, policyNames } from "./overlay";

/** The arguments of one host's resources: the host's own, else those of the fleet. */

/** The arguments of a host's door. Its knocks are the host's own, else those of its KnockSequence. */
export function doorArgs(
  fleet: PortKnockFleetArgs,
  host: FleetHostArgs,
  outputs: SequenceOutputs | undefined,
): PortKnockArgs {
  const policy = policyNames.map((name) => [name, orElse(host[name], fleet[name])] as const);
  const connection = all([output(fleet.connection), output(host.connection)]).apply(
    ([shared, own]) => overlay<object>(shared, own) as ConnectionArgs,
  );
  const { calendar, ...fields } = Object.fromEntries(policy);
  return { ...fields, connection, ...knocksOf(host, outputs, calendar) } as unknown as PortKnockArgs;
}

/** The outputs of a KnockSequence that a door takes. */
interface SequenceOutputs {
  readonly current: Output<unknown>;
  readonly previous: Output<unknown>;
  readonly derivation: Output<unknown>;
}

function knocksOf(
  { sequence, previous }: FleetHostArgs,
  outputs: SequenceOutputs | undefined,
  calendar: unknown,
): object {
  if (outputs === undefined) return { sequence, previous };
  return calendar === undefined
    ? { sequence: outputs.current, previous: outputs.previous }
    : { calendar: { ...(calendar as object), derivation: outputs.derivation } };
}

/** The arguments of the host's KnockSequence; undefined if the host gives its knocks. `name` is the door's. */
export function sequenceArgs(
  fleet: PortKnockFleetArgs,
  host: FleetHostArgs,
  name: string,
): KnockSequenceArgs | undefined {
  if (hasKnocks(host)) return undefined;
  const args = overlay<KnockSequenceArgs>(fleet.sequence, host.sequence as KnockSequenceArgs | undefined);
  return args.master === undefined ? args : { host: addressOf(host), door: name, ...args };
}

/** The host's address. An output of the whole connection would be secret, which an address is not. */
function addressOf({ connection }: FleetHostArgs): Input<string> {
  return isLater(connection)
    ? output(connection).apply(({ host }) => host)
    : (connection as ConnectionArgs).host;
}

/** The own value, else the shared one. An output may resolve to undefined. */
function orElse(own: unknown, shared: unknown): unknown {
  if (own === undefined || shared === undefined) return own ?? shared;
  return isLater(own) ? all([own, shared]).apply(([one, other]) => one ?? other) : own;
}
