import { expect } from "vitest";
import type { Family } from "../../provider/policy/types";
import type { Lane } from "../../test/kernel/flood";
import { inject } from "../../test/kernel/inject";
import { script, tcp } from "../../test/kernel/script";
import type { World } from "../../test/kernel/world";
import { DOOR_PORT, FIRST_KNOCK, OTHER_PORT, type Setup } from "./setups";

/** A kind of packets, as a setup's host gets them. Undefined where it cannot. */
export interface Traffic {
  readonly label: string;
  lane(world: World, setup: Setup, family: Family): Promise<Lane | undefined>;
}

export const traffics: readonly Traffic[] = [
  {
    label: "established flow",
    lane: (world, setup, family) => connection(world, setup, family, OTHER_PORT, 201),
  },
  {
    label: "flow through a door",
    lane: async (world, setup, family) =>
      setup.daemon === undefined ? await connection(world, setup, family, DOOR_PORT, 202) : undefined,
  },
  { label: "new, to another port", lane: (_, setup, family) => syns(setup, family, 9) },
  { label: "first knocks", lane: (_, setup, family) => syns(setup, family, FIRST_KNOCK) },
  { label: "SYN flood on a closed door", lane: (_, setup, family) => syns(setup, family, DOOR_PORT) },
];

/** Of as many sources as the hosts have a way to answer to. */
async function syns({ name }: Setup, family: Family, port: number): Promise<Lane> {
  return { host: name, family, packet: { packet: tcp(port), sources: 200 } };
}

/** Bare acknowledgements on a connection that the setup's knocks have opened; nothing answers them. */
async function connection(
  world: World,
  { name, doors }: Setup,
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
