import type { Family } from "../../provider/policy/types";
import { address, HOST_ADDRESS, INJECTOR, onWire, type Shot } from "./inject";
import type { World } from "./world";

/** What a host gets again and again. */
export interface Lane {
  readonly host: string;
  readonly family: Family;
  /**
   * A packet of one flow of a source, as a word has it. Of sources from 1 up, each from flow after flow, where only their
   * number is given. Undefined for frames that no protocol takes: what sending alone costs.
   */
  readonly packet?: Omit<Shot, "atMs" | "flow"> & ({ flow: number; source: number } | { sources: number });
}

/** Sends bursts to all lanes in turn, round after round. Returns nanoseconds a packet for each round of each lane. */
export async function flood(
  world: World,
  rounds: number,
  burst: number,
  lanes: readonly Lane[],
): Promise<number[][]> {
  const plan = {
    rounds,
    burst,
    lanes: lanes.map(({ host, family, packet }) => ({
      interface: host,
      target: HOST_ADDRESS[family],
      ...(packet && {
        source: address(family, "source" in packet ? packet.source : 1),
        sources: "sources" in packet ? packet.sources : 1,
        isFlow: "flow" in packet,
        packet: { ...packet, ...onWire(packet.packet) },
      }),
    })),
  };
  const report = await world.run(undefined, [INJECTOR, "flood", String(world.cpu)], JSON.stringify(plan));
  return JSON.parse(report) as number[][];
}
