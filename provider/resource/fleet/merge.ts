import { all, type Input, Output, output } from "@pulumi/pulumi";
import { userInputs } from "../../door/fields";
import type { FleetHostArgs, PortKnockFleetArgs } from "../args/fleetArgs";
import type { KnockSequenceArgs } from "../args/knockSequenceArgs";
import type { ConnectionArgs, PortKnockArgs } from "../args/portKnockArgs";

/** What the resources of one host are asked for: what the host says for itself, and else what the fleet says for all. */

/** The fields of a door that all hosts share, unless one has another. */
export const policyNames = userInputs.filter(
  (name) => name !== "connection" && name !== "sequence" && name !== "previous",
);

/** The door, with the knocks that the host itself gives, where it gives any; else with those that were made for it. */
export function doorArgs(
  fleet: PortKnockFleetArgs,
  host: FleetHostArgs,
  made: SequenceOutputs | undefined,
): PortKnockArgs {
  const policy = policyNames.map((name) => [name, orElse(host[name], fleet[name])] as const);
  const connection = all([output(fleet.connection), output(host.connection)]).apply(
    ([shared, own]) => overlay<object>(shared, own) as ConnectionArgs,
  );
  const { calendar, ...fields } = Object.fromEntries(policy);
  return { ...fields, connection, ...knocksOf(host, made, calendar) } as unknown as PortKnockArgs;
}

/** Of what a KnockSequence puts out, what a door takes. */
interface SequenceOutputs {
  readonly current: Output<unknown>;
  readonly previous: Output<unknown>;
  readonly derivation: Output<unknown>;
}

function knocksOf(
  { sequence, previous }: FleetHostArgs,
  made: SequenceOutputs | undefined,
  calendar: unknown,
): object {
  if (made === undefined) return { sequence, previous };
  return calendar === undefined
    ? { sequence: made.current, previous: made.previous }
    : { calendar: { ...(calendar as object), derivation: made.derivation } };
}

/** How the host's sequence is made; undefined where the host gives its knocks. `name` is the door's. */
export function sequenceArgs(
  fleet: PortKnockFleetArgs,
  host: FleetHostArgs,
  name: string,
): KnockSequenceArgs | undefined {
  if (hasKnocks(host)) return undefined;
  const args = overlay<KnockSequenceArgs>(fleet.sequence, host.sequence as KnockSequenceArgs | undefined);
  return args.master === undefined ? args : { host: addressOf(host), door: name, ...args };
}

/** Not of the connection as a whole where that can be helped: it may hold secrets, and an address is none. */
function addressOf({ connection }: FleetHostArgs): Input<string> {
  return isLater(connection)
    ? output(connection).apply(({ host }) => host)
    : (connection as ConnectionArgs).host;
}

/** Whether a host gives its knocks, and not how to make them, which no output can. */
function hasKnocks({ sequence }: { readonly sequence?: unknown }): boolean {
  return Array.isArray(sequence) || typeof sequence === "string" || isLater(sequence);
}

/** Whether a value is not there yet. */
export function isLater(value: unknown): boolean {
  return Output.isInstance(value) || value instanceof Promise;
}

/** The fields of both, the host's own first. One that is undefined is not given. */
export function overlay<Fields extends object>(shared: Fields | undefined, own: Fields | undefined): Fields {
  const given = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  return { ...shared, ...Object.fromEntries(given) } as Fields;
}

/** An output may turn out to be undefined. */
function orElse(own: unknown, shared: unknown): unknown {
  if (own === undefined || shared === undefined) return own ?? shared;
  return isLater(own) ? all([own, shared]).apply(([one, other]) => one ?? other) : own;
}
