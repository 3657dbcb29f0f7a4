import { scheduleOf } from "../../provider/derive/schedule";
import { includesPort, portRanges } from "../../provider/policy/ports";
import type { Family, Policy, PolicyArgs, Sequence, Step } from "../../provider/policy/types";
import { type CompileContext, compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { Ruleset } from "../../provider/rules/ir";
import { complete } from "../policy/complete";
import { FilterTable } from "../rules/filterTable";
import type { Game } from "./campaign";
import type { Salvo } from "./inject";
import { judge } from "./judge";
import type { Random } from "./random";
import { families } from "./world";

/** Six other doors of a host, and what somebody may send that is for them. */
export interface Crowd {
  /** Loaded at once, before the game's door. */
  readonly before: readonly Ruleset[];
  readonly after: Ruleset;
  /** The game's policy as it is beside them: a packet for a port of any door is no knock for the others. */
  readonly judged: Policy;
}

interface Neighbour {
  readonly policy: Policy;
  readonly ruleset: Ruleset;
}

/** The game on a host with six more doors, and its words with packets in between that are for those. */
export function crowded(game: Game, random: Random): Game & Crowd {
  const neighbours = neighboursOf(game.policy, game.host.slice(1));
  const [after, ...before] = neighbours.toReversed();
  if (after === undefined) throw new Error("no neighbours");
  const inReach = neighbours.filter(({ policy }) => policy.chain === "INPUT");
  const judged = {
    ...game.policy,
    ignore: [...game.policy.ignore, ...inReach.flatMap(({ policy }) => policy.door)],
  };
  const packets = [
    ...neighbours.flatMap(({ policy }) => [policy.sequence?.[0] ?? [], policy.sequence?.[1] ?? []].flat()),
    ...inReach.flatMap(({ policy }) => portOf(policy)),
    { protocol: "udp", port: TOKENS.port, payload: `hex:${"00".repeat(20)}` } as const,
  ];
  return {
    ...game,
    ...{
      judged,
      after: after.ruleset,
      before: before.map(({ ruleset }) => ruleset).toReversed(),
    },
    salvos: game.salvos.flatMap((salvo) => disturbed(salvo, judged, packets, random)),
  };
}

/** Some packets in between; none of a word whose times come too close to a limit with them. */
function disturbed(salvo: Salvo, judged: Policy, packets: readonly Step[], random: Random): Salvo[] {
  const upTo = (count: number) => Math.floor(random() * count);
  for (let tries = 20; tries > 0; tries--) {
    const shots = [...salvo.shots];
    for (let more = upTo(5); more > 0; more--) {
      const place = upTo(shots.length);
      const packet = packets[upTo(packets.length)];
      const atMs = shots[place]?.atMs ?? 0;
      if (packet) shots.splice(place + 1, 0, { atMs, packet, flow: 40_000 + more });
    }
    if (judge(judged, salvo, shots).marginMs > 250) return [{ ...salvo, shots }];
  }
  return [];
}

const TOKENS = {
  port: 44_444,
  tokens: [{ name: "0123abcd", revision: 1, secrets: { ipv4: "0b".repeat(16), ipv6: "0c".repeat(16) } }],
};

/**
 * Doors that share steps with the game's: its first knock, its sequence in another order. Some see every packet, some remember
 * for longer than the game's. A closed one answers as a closed port does, so that no packet for them is lost.
 */
function neighboursOf(policy: Policy, host: string): Neighbour[] {
  const free = freePorts(policy);
  const [x, y]: [Step, Step] = [
    { protocol: "udp", port: free(45_000) },
    { protocol: "tcp", port: free(45_100) },
  ];
  const [a = x, b = y] = policy.sequence ?? [];
  const ping: Step = { protocol: "icmp", payloadBytes: 333 };
  const context: readonly CompileContext[] = [{}, { tokens: TOKENS }, {}, {}, {}, {}];
  const wanted: readonly (Partial<PolicyArgs> & { readonly sequence: Sequence })[] = [
    { sequence: [a, x], stepTimeoutSeconds: 4 },
    { sequence: [b, a], interface: "eth0" },
    { sequence: [x, y], lockout: { wrongKnocks: 3, withinSeconds: 2, forSeconds: 2 } },
    { sequence: [ping, x, a], chain: "FORWARD", interface: "eth0", stepTimeoutSeconds: 3 },
    // It ends as it begins, so it is always asked.
    { sequence: [a, b, x, a] },
    { sequence: [y, a, x], interface: "eth+" },
  ];
  const doors = wanted.map((one, index): Neighbour => {
    const door = [
      { protocol: index % 2 ? ("udp" as const) : ("tcp" as const), ports: [free(46_000 + 9 * index)] },
    ];
    const common = {
      door,
      openForSeconds: 2,
      stepTimeoutSeconds: 1,
      closedResponse: "reset" as const,
      ignore: [],
    };
    const make = (sequence: Sequence) => complete({ ...common, ...one, sequence } as PolicyArgs);
    const full = orElse(
      () => make(one.sequence),
      // Steps of the game that do not go together with these.
      () => make([x, y]),
    );
    return { policy: full, ruleset: compile(full, identify(`crowd/${index}`, host), context[index]) };
  });
  return policy.chain === "INPUT" ? [withCalendar(free(47_000), host), ...doors.slice(1)] : doors;
}

function orElse<Result>(first: () => Result, second: () => Result): Result {
  try {
    return first();
  } catch {
    return second();
  }
}

function withCalendar(port: number, host: string): Neighbour {
  const calendar = {
    ...{ windowMinutes: 720, days: 2, graceSeconds: 60 },
    derivation: {
      ...{ version: 1 as const, subkey: "ab".repeat(32), rotateEvery: "30d", steps: 3 },
      ...{ protocols: ["tcp" as const], ports: ["10000-60000"], exclude: [], keepers: {} },
    },
  };
  const policy = complete({ calendar, door: [{ protocol: "tcp", ports: [port] }], closedResponse: "reset" });
  const schedule = scheduleOf(calendar, new Date().toISOString().slice(0, 10));
  return { policy, ruleset: compile(policy, identify("crowd/calendar", host), { schedule }) };
}

/** From a port upwards, the first that the game's policy knows nothing of, and that was not given before: no host has two doors on a port. */
function freePorts({ door, sequence = [], previous, ignore }: Policy): (from: number) => number {
  const services = [...door, ...ignore.flatMap((item) => (item.protocol === "icmp" ? [] : [item]))];
  const steps = [...sequence, ...(previous?.sequence ?? [])];
  const given = new Set<number>();
  const isTaken = (port: number) =>
    services.some(({ ports }) => includesPort(portRanges(ports), port)) ||
    // Close to a knock: what a random word has for a wrong one.
    steps.some((step) => step.protocol !== "icmp" && Math.abs(step.port - port) <= 40);
  return (from) => {
    let port = from;
    while (given.has(port) || isTaken(port)) port++;
    given.add(port);
    return port;
  };
}

function portOf({ door }: Policy): Step[] {
  return door.flatMap(({ protocol, ports }) =>
    portRanges(ports).map(({ first }): Step => ({ protocol, port: first })),
  );
}

const documents = new Map<string, { readonly [F in Family]: string }>();

/** The doors, merged one after the other as a host's own script does it, for one load. Kept: both variants of iptables have the same. */
export function documentsOf(rulesets: readonly Ruleset[]): { readonly [F in Family]: string } {
  // Not by their names, which doors of another game have as well.
  const key = rulesets.map((ruleset) => renderDocument(ruleset, "ipv4")).join();
  const known = documents.get(key);
  if (known) return known;
  const [ipv4 = "", ipv6 = ""] = families.map((family) => {
    const table = new FilterTable(family, "mawk");
    for (const ruleset of rulesets) {
      const { id } = ruleset.identity;
      table.restore(table.transition(id, table.merge(id, renderDocument(ruleset, family))));
    }
    return table.document;
  });
  documents.set(key, { ipv4, ipv6 });
  return { ipv4, ipv6 };
}
