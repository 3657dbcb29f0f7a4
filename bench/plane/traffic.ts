import { expect } from "vitest";
import type { Family, Step } from "../../provider/policy/types";
import { flood, type Lane } from "../../test/kernel/flood";
import { inject } from "../../test/kernel/inject";
import { script, tcp } from "../../test/kernel/script";
import type { World } from "../../test/kernel/world";
import { DOOR_PORT, FIRST_KNOCK, OTHER_PORT, type Setup } from "./setups";

type Host = Pick<Setup, "name" | "doors" | "daemon">;

/** A kind of packets, as a host gets them. Undefined where it cannot. */
export interface Traffic {
  readonly label: string;
  lane(world: World, host: Host, family: Family): Promise<Lane | undefined>;
}

export const ESTABLISHED: Traffic = {
  label: "established flow",
  lane: (world, host, family) => connection(world, host, family, OTHER_PORT, 201),
};

export const NEW: Traffic = {
  label: "new, to another port",
  lane: (_, host, family) => firsts(host, family, tcp(9)),
};

export const traffics: readonly Traffic[] = [
  ESTABLISHED,
  {
    label: "flow through a door",
    lane: async (world, host, family) =>
      host.daemon === undefined ? await connection(world, host, family, DOOR_PORT, 202) : undefined,
  },
  NEW,
  {
    label: "source under way, to another port",
    lane: async (world, host, family) => {
      // As many as a list of the host remembers, or fewer (xt_recent: ip_list_tot).
      const lane = (packet: Step): Lane => ({ host: host.name, family, packet: { packet, sources: 50 } });
      if (host.daemon !== undefined) return undefined;
      await flood(world, 1, 50, [lane(tcp(FIRST_KNOCK))]);
      return lane(tcp(9));
    },
  },
  { label: "first knocks", lane: (_, host, family) => firsts(host, family, tcp(FIRST_KNOCK)) },
  { label: "SYN flood on a closed door", lane: (_, host, family) => firsts(host, family, tcp(DOOR_PORT)) },
];

/** Packets of a new flow each, of as many sources as hosts have a way to answer to. */
export async function firsts({ name }: Host, family: Family, packet: Step): Promise<Lane> {
  return { host: name, family, packet: { packet, sources: 200 } };
}

/** Bare acknowledgements on a connection that the host's knocks have opened; nothing answers them. */
async function connection(
  world: World,
  { name, doors }: Host,
  family: Family,
  port: number,
  source: number,
): Promise<Lane> {
  const knocks = port === DOOR_PORT ? (doors.at(-1)?.sequence ?? []) : [];
  const packet = { packet: tcp(port), flow: 40_000 };
  const shots = script(...knocks, packet, { ...packet, flags: "data" });
  const [sent] = await inject(world, [{ host: name, family, source, shots }]);
  const last = sent?.at(-1);
  expect(last?.answer, `a connection to ${name}`).toBe("ack");
  return {
    host: name,
    family,
    packet: { ...packet, source, flags: "ack", ...(last?.numbers && { resume: last.numbers }) },
  };
}
