import { join } from "node:path";
import { payloadOf } from "../../provider/policy/payload";
import type { Family, Step } from "../../provider/policy/types";
import { buildTool, toolPath } from "../lab/go";
import type { World } from "./world";

/** A packet of a word. Its times are milliseconds from the start of all words. */
export interface Shot {
  readonly atMs: number;
  readonly packet: Step;
  /** Its source port, or a ping's id. */
  readonly flow: number;
  /** The number of another source that sends it in the place of the salvo's. */
  readonly from?: number;
  /**
   * For TCP: a SYN unless told. `bogus` is no flow's packet; `data` goes on the connection that the SYN opened; the
   * others belong to no connection either.
   */
  readonly flags?: "bogus" | "data" | "fin" | "null" | "xmas" | "ack" | "rst";
  /** Sent as two fragments, of which the first has so many bytes of the datagram: a multiple of 8. */
  readonly fragmentAt?: number;
  /** Whether the frame that answers is wanted. */
  readonly keep?: boolean;
  /** How long to wait for an answer that a program gives and not the kernel. */
  readonly patienceMs?: number;
  /** For data on a connection that an earlier run began: where it stood. */
  readonly resume?: Numbers;
}

/** A connection's next sequence number and acknowledgement. */
export interface Numbers {
  readonly next: number;
  readonly ack: number;
}

/** What one source sends to one host. */
export interface Salvo {
  readonly host: string;
  readonly family: Family;
  /** The source's number, from 1 to 250. */
  readonly source: number;
  readonly shots: readonly Shot[];
  /** A SYN to each of the 65,535 TCP ports before them. */
  readonly scan?: Scan;
}

export interface Scan {
  readonly order: "up" | "down" | "random";
  readonly perSecond: number;
}

export type Answer =
  | "none"
  | "reset"
  | "syn-ack"
  | "ack"
  | "datagram"
  | "echo"
  | "port-unreachable"
  | "prohibited";

export interface Sent {
  readonly atMs: number;
  /** How much later at most the host took it. */
  readonly withinMs: number;
  readonly answer: Answer;
  /** In base64. */
  readonly frame?: string;
  readonly numbers?: Numbers;
}

const FOLDER = join(__dirname, "inject");
export const INJECTOR = toolPath(FOLDER);

/** Compiles the injector. */
export async function buildInjector(): Promise<void> {
  await buildTool(FOLDER);
}

/** By which packets come to every host. */
export const INTERFACE = "eth0";

/** The hosts' own address: the same for all, since each is on a cable of its own. */
export const HOST_ADDRESS: Readonly<Record<Family, string>> = { ipv4: "192.0.2.10", ipv6: "2001:db8:2::10" };

/** The host behind a host through which packets are forwarded. */
export const INNER_ADDRESS: Readonly<Record<Family, string>> = { ipv4: "203.0.113.2", ipv6: "2001:db8:3::2" };

export function address(family: Family, source: number): string {
  return family === "ipv4" ? `198.51.100.${source}` : `2001:db8:51::${source.toString(16)}`;
}

/** A knock as the injector takes it. */
export function onWire(packet: Step) {
  return { ...packet, payload: Buffer.from(payloadOf(packet)).toString("base64") };
}

/** Sends all salvos at once, and returns what became of each of their shots. */
export async function inject(world: World, salvos: readonly Salvo[]): Promise<Sent[][]> {
  const words = salvos.map(({ host, family, source, shots, scan }) => ({
    scan,
    interface: host,
    source: address(family, source),
    target: HOST_ADDRESS[family],
    packets: shots.map(({ packet, from, ...rest }) => ({
      ...rest,
      ...onWire(packet),
      ...(from !== undefined && { from: address(family, from) }),
    })),
  }));
  return JSON.parse(
    await world.run(undefined, [INJECTOR, "run", String(world.cpu)], JSON.stringify(words)),
  ) as Sent[][];
}

/** Sends each payload to a UDP port from two sources in the same instant, by two CPUs. */
export async function race(
  world: World,
  host: string,
  family: Family,
  port: number,
  payloads: readonly Uint8Array[],
  sources: readonly [number, number],
): Promise<void> {
  const plan = {
    interface: host,
    target: HOST_ADDRESS[family],
    sources: sources.map((source) => address(family, source)),
    port,
    payloads: payloads.map((payload) => Buffer.from(payload).toString("base64")),
  };
  await world.run(undefined, [INJECTOR, "race"], JSON.stringify(plan));
}

/** Gives a host services that answer, until the world ends. */
export async function listen(world: World, host: string, services: readonly string[]): Promise<void> {
  const child = world.spawn(host, [INJECTOR, "listen", ...services]);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", () => reject(new Error(`cannot listen on ${host}`)));
  });
}
