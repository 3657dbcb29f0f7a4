import type { Family } from "../../provider/policy/types";
import { families, type Variant, variants } from "../../test/kernel/world";
import type { Chart } from "../chart";
import { markdownTable } from "../pages";
import { kinds, type Setup } from "./setups";
import { ESTABLISHED, type Traffic, traffics } from "./traffic";

/** What a packet costs a host: in the kernel, where sending it is subtracted, and in a daemon. */
export interface Cost {
  readonly setup: Setup;
  readonly family: Family;
  readonly traffic: Traffic;
  readonly nanoseconds: number;
}

interface Place {
  readonly kind: Setup["kind"];
  readonly variant: Variant;
  readonly family: Family;
  readonly traffic: Traffic;
}

/** Not a number where it was not measured. No rules are of every variant. */
function find(costs: readonly Cost[], { kind, variant, family, traffic }: Place): number {
  const found = costs.find(
    ({ setup, ...cost }) =>
      setup.kind === kind &&
      (setup.variant ?? variant) === variant &&
      cost.family === family &&
      cost.traffic === traffic,
  );
  return found?.nanoseconds ?? Number.NaN;
}

function ratio(costs: readonly Cost[], place: Place, to: Setup["kind"] = "no rules"): number {
  return find(costs, place) / find(costs, { ...place, kind: to });
}

/** A row for each kind of host and family, a column for each kind of packet, and in the cells nf_tables / legacy. */
export function planeTable(costs: readonly Cost[]): string {
  const rows = families.flatMap((family) =>
    kinds.map((kind) => [
      `${kind}, ${family === "ipv4" ? "IPv4" : "IPv6"}`,
      ...traffics.map((traffic) => {
        const places = variants.map((variant) => ({ kind, variant, family, traffic }));
        if (kind === "no rules") return `1 (${places.map((place) => find(costs, place).toFixed(0))[0]} ns)`;
        const ratios = places.map((place) => ratio(costs, place));
        return ratios.some(Number.isNaN) ? "" : ratios.map((one) => one.toFixed(2)).join(" / ");
      }),
    ]),
  );
  return markdownTable(["", ...traffics.map(({ label }) => label)], rows);
}

/** What doors add to connection tracking, which a host that filters by state has anyway. */
export function besideTracking(costs: readonly Cost[]): string {
  const texts = (["1 door", "10 doors"] as const).map((kind) => {
    const ratios = variants.map((variant) => {
      const place: Place = { kind, variant, family: "ipv4", traffic: ESTABLISHED };
      return ratio(costs, place, "connection tracking alone").toFixed(2);
    });
    return `${ratios.join(" / ")} with ${kind}`;
  });
  return `An established flow beside connection tracking alone: ${texts.join(", ")}.`;
}

export function planeChart(costs: readonly Cost[]): Chart {
  return {
    title: "What a packet costs the host",
    measure: "CPU time a packet as a ratio to a host with no rules (nf_tables, IPv4); shorter is better",
    reference: 1,
    groups: traffics.map((traffic) => ({
      label: traffic.label,
      bars: kinds.flatMap((kind) => {
        const value = ratio(costs, { kind, variant: "nf_tables", family: "ipv4", traffic });
        return Number.isNaN(value) ? [] : [{ label: kind, value, isOurs: kind.includes("door") }];
      }),
    })),
  };
}
