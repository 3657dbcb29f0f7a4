import type { Family } from "../../provider/policy/types";
import { families, iptablesVariants, type Variant, variants } from "../../test/kernel/world";
import type { Chart } from "../chart";
import { markdownTable } from "../pages";
import type { Loading } from "./loading";
import { doorKinds, kinds, type Setup } from "./setups";
import { ESTABLISHED, NEW, type Traffic, traffics } from "./traffic";

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

/** A row for each kind of host and family, a column for each kind of packet, and in the cells nf_tables / legacy / nftables alone. */
export function planeTable(costs: readonly Cost[]): string {
  const rows = families.flatMap((family) =>
    kinds.map((kind) => [
      `${kind}, ${family === "ipv4" ? "IPv4" : "IPv6"}`,
      ...traffics.map((traffic) => {
        const places = variants.map((variant) => ({ kind, variant, family, traffic }));
        if (kind === "no rules") return `1 (${places.map((place) => find(costs, place).toFixed(0))[0]} ns)`;
        const ratios = places.map((place) => ratio(costs, place));
        if (ratios.every(Number.isNaN)) return "";
        return ratios.map((one) => (Number.isNaN(one) ? "–" : one.toFixed(2))).join(" / ");
      }),
    ]),
  );
  return markdownTable(["", ...traffics.map(({ label }) => label)], rows);
}

/** By the number of doors: what they add to connection tracking, which most hosts have anyway, and what loading takes. */
export function doorsTable(costs: readonly Cost[], loads: readonly Loading[]): string {
  const rows = doorKinds.map((kind) => {
    const beside = (traffic: Traffic) =>
      variants
        .map((variant) => {
          const place: Place = { kind, variant, family: "ipv4", traffic };
          return ratio(costs, place, "connection tracking alone").toFixed(2);
        })
        .join(" / ");
    const milliseconds = (of: (loading: Loading) => number) =>
      iptablesVariants
        .map((variant) =>
          loads
            .flatMap((loading) =>
              loading.setup.kind === kind && loading.setup.variant === variant ? of(loading).toFixed(0) : [],
            )
            .join(),
        )
        .join(" / ");
    return [
      kind,
      ...[beside(ESTABLISHED), beside(NEW)],
      ...[milliseconds(({ allMs }) => allMs), milliseconds(({ moreMs }) => moreMs)],
    ];
  });
  return markdownTable(["", ESTABLISHED.label, NEW.label, "load all, ms", "load one more, ms"], rows);
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
