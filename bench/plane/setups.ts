import type { Policy } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { addDoor } from "../../test/kernel/host";
import { tcp, udp } from "../../test/kernel/script";
import {
  families,
  type IptablesVariant,
  iptablesVariants,
  type Variant,
  type World,
} from "../../test/kernel/world";
import { complete } from "../../test/policy/complete";
import { nativeSetups, setUpNative } from "./nftables";

export const kinds = [
  "no rules",
  "connection tracking alone",
  "1 door",
  "10 doors",
  "100 doors",
  "knockd",
] as const;

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

/** The door whose port is flooded, and through which the flow goes. Behind the others, where there are others. */
export const DOOR_PORT = 22;

/** A port of the host that has nothing to do with any door, with a service. */
export const OTHER_PORT = 8080;

/** What begins the sequence of one of the doors. */
export const FIRST_KNOCK = 7000;

/** Doors with three steps each, on ports of their own. */
function doors(count: number): Policy[] {
  return Array.from({ length: count }, (_, index) => {
    const isLast = index === count - 1;
    return complete({
      sequence: [tcp(FIRST_KNOCK + 10 * index), udp(7001 + 10 * index), tcp(7002 + 10 * index)],
      door: [{ protocol: "tcp", ports: [isLast ? DOOR_PORT : 2200 + index] }],
      openForSeconds: 60,
      stepTimeoutSeconds: 60,
    });
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
    { name: `${prefix}-1`, kind: "1 door", doors: doors(1), variant },
    { name: `${prefix}-10`, kind: "10 doors", doors: doors(10), variant },
    {
      ...{ name: `${prefix}-knockd`, kind: "knockd", doors: [], variant, daemon: "knockd" },
      rules: [TRACKED, `-A INPUT -p tcp -m tcp --dport ${DOOR_PORT} -j DROP`],
    },
  ];
}

/** Puts a setup's rules on its host, as the provider would. */
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
  for (const [index, policy] of doors.entries())
    await addDoor(world, name, variant, compile(policy, identify(`door ${index}`, name)));
}
