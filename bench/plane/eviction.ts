import { inject } from "../../test/kernel/inject";
import { tcp, udp } from "../../test/kernel/script";
import type { World } from "../../test/kernel/world";
import { markdownTable } from "../pages";
import { DOOR_PORT, FIRST_KNOCK } from "./setups";

/** How many packets a flood has: around the 100 sources that a list of the host keeps (xt_recent: ip_list_tot). */
const FLOODS = [0, 50, 99, 100, 150] as const;

const KNOCKS = [tcp(FIRST_KNOCK + 90), udp(7001 + 90), tcp(7002 + 90)];

/**
 * What a flood of first knocks from forged sources does to someone who is between two knocks, on a host with ten doors. A row
 * for each flood and place, a cell for how many packets it has.
 */
export async function evictionTable(world: World, host: string): Promise<string> {
  const floods = [
    { label: "the own door's first knock", port: FIRST_KNOCK + 90 },
    { label: "another door's first knock", port: FIRST_KNOCK },
  ];
  const rows: string[][] = [];
  let source = 210;
  for (const { label, port } of floods)
    for (const place of [1, 2]) {
      const cells: string[] = [];
      for (const packets of FLOODS)
        cells.push((await opens(world, host, source++, place, port, packets)) ? "opens" : "lost");
      rows.push([`${label}, between knock ${place} and ${place + 1}`, ...cells]);
    }
  return markdownTable(["a flood of", ...FLOODS.map((packets) => `${packets} packets`)], rows);
}

/** Whether the door still opens for a source, with a packet from each of so many others after its knock of that place. */
async function opens(
  world: World,
  host: string,
  source: number,
  place: number,
  port: number,
  packets: number,
): Promise<boolean> {
  let atMs = 0;
  let flow = 30_000;
  const shot = (packet: (typeof KNOCKS)[number], from?: number) => ({
    ...{ atMs: atMs++, packet, flow: flow++ },
    ...(from !== undefined && { from }),
  });
  const shots = KNOCKS.flatMap((knock, index) => [
    shot(knock),
    ...(index + 1 === place ? Array.from({ length: packets }, (_, n) => shot(tcp(port), n + 1)) : []),
  ]);
  const [sent] = await inject(world, [
    { host, family: "ipv4", source, shots: [...shots, { ...shot(tcp(DOOR_PORT)), atMs: atMs + 20 }] },
  ]);
  return sent?.at(-1)?.answer !== "none";
}
