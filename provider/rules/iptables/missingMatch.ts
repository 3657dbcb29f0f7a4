import type { Ruleset, Test } from "../ir";

/** What to do about what the host lacks: tools, a match or a target; undefined where the error is another one. */
export function remedyFor(reason: string, ruleset: Ruleset): string | undefined {
  if (/^ip6?tables\S* is missing: /.test(reason)) return WITHOUT_TOOLS;
  const [, lacks] = /^IPv[46]: iptables or the kernel lacks (\w+)$/.exec(reason) ?? [];
  if (lacks === undefined) return undefined;
  return lacks === "u32" ? remedyForU32(ruleset) : REMEDY;
}

const WITHOUT_TOOLS = 'do that, or set backend: "nftables".';

const REMEDY =
  "install all of iptables (RHEL: iptables-nft) and of the kernel's modules (RHEL: kernel-modules-extra, which from RHEL 10.2 on also has nft_compat, without which no match works; reboot after installing it).";

/** No package of RHEL 9 or 10 has xt_u32, so it must not name one. */
function remedyForU32({ rules, families }: Ruleset): string {
  const tests = rules.flatMap((rule) => rule.tests);
  const users = [
    ...(tests.some(hasPayload) ? ["the payload of a UDP step"] : []),
    ...(families.includes("ipv6") && tests.some(isPing)
      ? ['an ICMP step over IPv6 (families: ["ipv4"] does without)']
      : []),
    ...(tests.some(({ kind }) => kind === "tokenShape" || kind === "token") ? ["oneTime"] : []),
  ];
  return `leave out what needs the match u32: ${users.join(", ")}. RHEL 9 and 10 and their rebuilds have no xt_u32, in no package.`;
}

function hasPayload(test: Test): boolean {
  return test.kind === "knock" && test.step.protocol === "udp" && test.step.payload !== undefined;
}

function isPing(test: Test): boolean {
  return test.kind === "knock" && test.step.protocol === "icmp";
}
