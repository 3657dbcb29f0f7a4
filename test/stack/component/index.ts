import { readFileSync } from "node:fs";
import { Config, dynamic, mergeOptions, type Output, rootStackResource } from "@pulumi/pulumi";
import {
  type FleetHostArgs,
  PortKnock,
  type PortKnockArgs,
  PortKnockFleet,
  type PortKnockFleetArgs,
} from "pulumi-portknock";

/** The arguments of the fleet, and of doors outside; `addresses` are of hosts that are made in the same `up`. */
interface Wanted {
  readonly edge: PortKnockFleetArgs;
  readonly alone: Readonly<Record<string, PortKnockArgs>>;
  readonly addresses: Readonly<Record<string, string>>;
}

/** A host whose address is known once it was made, as of a cloud's machine. */
class Machine extends dynamic.Resource {
  declare readonly address: Output<string>;

  constructor(name: string, given: string) {
    const provider: dynamic.ResourceProvider = {
      create: async (inputs) => ({ id: inputs.given, outs: { ...inputs, address: inputs.given } }),
    };
    super(provider, name, { given, address: undefined });
  }
}

const { edge, alone, addresses } = JSON.parse(readFileSync("doors.json", "utf8")) as Wanted;
const master = new Config().getSecret("master");

const hosts = Object.entries(edge.hosts).map(([name, host]): [string, FleetHostArgs] => {
  const address = addresses[name];
  const connection = address === undefined ? host.connection : { host: new Machine(name, address).address };
  return [name, { ...host, connection }];
});

const args = {
  ...edge,
  hosts: Object.fromEntries(hosts),
  ...(edge.sequence?.rotateEvery !== undefined && { sequence: { ...edge.sequence, master } }),
};

const { doors, sequences, clientConfig } = new PortKnockFleet("edge", args, {
  transforms: [
    ({ name, props, opts }) => {
      const aliases = [{ name: name.replace("edge-", ""), parent: rootStackResource }];
      return { props, opts: mergeOptions(opts, { aliases }) };
    },
  ],
});

for (const [name, door] of Object.entries(alone)) new PortKnock(name, door);

export { clientConfig };
export const rules = Object.fromEntries(Object.entries(doors).map(([name, door]) => [name, door.rules]));
export const derivations = Object.fromEntries(
  Object.entries(sequences).map(([name, sequence]) => [name, sequence?.derivation]),
);
