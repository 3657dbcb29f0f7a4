import type { Policy } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { tcp, udp } from "../../test/kernel/script";
import {
  families,
  type IptablesVariant,
  iptablesVariants,
  type Variant,
  type World,
} from "../../test/kernel/world";
import { complete } from "../../test/policy/complete";
import { putDoors } from "./doors";
import { nativeSetups, setUpNative } from "./nftables";

export const doorKinds = ["1 door", "10 doors", "50 doors", "100 doors"] as const;
export const kinds = ["no rules", "connection tracking alone", ...doorKinds, "knockd"] as const;

/** A host of the benchmark: what stands in its way of packets. */
export interface Setup {
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  readonly doors: readonly Policy[];
  readonly variant?: Variant;
  /** Rules that are not ours, as the variant's tool reads them. */
  readonly rules?: readonly string[];
  readonly daemon?: "knockd";
}

const TRACKED = "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";

/** The port of the door that is flooded, and through which the flow goes. Behind the others, where there are others. */
export const DOOR_PORT = 22;

/** A port of the host that has nothing to do with any door, with a service. */
export const OTHER_PORT = 8080;

/** What begins the sequence of one of the doors. */
export const FIRST_KNOCK = 7000;

/** Doors with three steps each, on ports of their own. */
function doors(count: number): Policy[] {
  return Array.from({ length: count }, (_, index) => door(index, index === count - 1));
}

function door(index: number, isLast: boolean): Policy {
  return complete({
    sequence: [tcp(FIRST_KNOCK + 10 * index), udp(7001 + 10 * index), tcp(7002 + 10 * index)],
    door: [{ protocol: "tcp", ports: [isLast ? DOOR_PORT : 2200 + index] }],
    openForSeconds: 60,
    stepTimeoutSeconds: 60,
  });
}

export const setups: readonly Setup[] = [
  { name: "none", kind: "no rules", doors: [] },
  ...iptablesVariants.flatMap((variant): Setup[] =>
    onVariant(variant, variant === "legacy" ? variant : "nft"),
  ),
  ...nativeSetups(doors, DOOR_PORT),
];

/** Interfaces have a host's name, of at most 15 characters. */
function onVariant(variant: IptablesVariant, prefix: string): Setup[] {
  return [
    { name: `${prefix}-0`, kind: "connection tracking alone", doors: [], variant, rules: [TRACKED] },
    ...doorKinds.map((kind): Setup => {
      const count = Number.parseInt(kind, 10);
      return { name: `${prefix}-${count}`, kind, doors: doors(count), variant };
    }),
    {
      ...{ name: `${prefix}-knockd`, kind: "knockd", doors: [], variant, daemon: "knockd" },
      rules: [TRACKED, `-A INPUT -p tcp -m tcp --dport ${DOOR_PORT} -j DROP`],
    },
  ];
}

/** Where what loads a setup's doors at once, and one more, is written. */
export function folderOf({ name }: Setup): string {
  return `/run/${name}`;
}

/** Puts a setup's rules on its host, its doors as on a host that boots with them. */
export async function setUp(world: World, setup: Setup): Promise<void> {
  const { name, doors, variant, rules } = setup;
  if (variant === undefined) return;
  if (variant === "nftables") {
    await setUpNative(world, setup);
    return;
  }
  if (rules !== undefined)
    for (const family of families)
      await world.restore(name, variant, family, ["*filter", ...rules, "COMMIT", ""].join("\n"));
  if (doors.length === 0) return;
  const rulesets = [...doors, door(doors.length, false)].map((policy, index) =>
    compile(policy, identify(`door ${index}`, name)),
  );
  await putDoors(world, name, variant, rulesets, folderOf(setup));
}
