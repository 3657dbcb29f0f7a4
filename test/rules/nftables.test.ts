import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lint } from "../../provider/lint/lint";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { nftables, nftablesWith } from "../../provider/rules/nftables/backend";
import { normalForm, readListing } from "../../provider/rules/nftables/listing";
import { possibleOn } from "../kernel/host";
import { policies } from "../policy/arbitrary";
import { complete } from "../policy/complete";
import { seed } from "../policy/seed";
import { heldByNft } from "./heldByNft";

const { compare, redactedLines, unsupported } = nftables;

const policy = complete({
  sequence: [
    { protocol: "tcp", port: 7001 },
    { protocol: "udp", port: 7002, payload: "open" },
    { protocol: "icmp", payloadBytes: 703 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
  openForSeconds: 5,
  stepTimeoutSeconds: 5,
  ignore: [],
});
const ruleset = compile(policy, identify("stack::door", "h1"));
const { id } = ruleset.identity;
const lines = redactedLines(ruleset, policy);

function marked(change: (lines: string[]) => void): string[] {
  const held = heldByNft(ruleset);
  const ipv4 = [...held.ipv4];
  change(ipv4);
  return compare(ruleset, policy, { ...held, ipv4 }).lines.filter((line) => !lines.includes(line));
}

test.each([
  // nft 0.9.8, 1.0.6, and what all list in another form than they read.
  ["tcp flags & (fin | syn | rst | ack) == syn jump y", "tcp flags & (fin|syn|rst|ack) == syn jump y"],
  ["tcp flags syn / fin,syn,rst,ack jump y", "tcp flags & (fin|syn|rst|ack) == syn jump y"],
  ["tcp flags != syn / fin,syn,rst,ack drop", "tcp flags & (fin|syn|rst|ack) != syn drop"],
  ["ip saddr & 255.255.255.0 == @a goto y", "ip saddr & 255.255.255.0 @a goto y"],
  ["update @a { ip saddr timeout 1d1h1m1s }", "update @a { ip saddr timeout 90061s }"],
  ["@th,64,32 16909060 @th,96,8 0x4", "@th,64,32 0x1020304 @th,96,8 0x4"],
  ["@th,64,8 & 240 == 160 goto y", "@th,64,8 & 0xf0 == 0xa0 goto y"],
  ['meta time < "2026-11-25 13:00:00" return', "meta time < 1795611600 return"],
  ["ct original proto-dst { 0x16 [invalid type] }", "ct original proto-dst { 22 }"],
  ["limit rate 10/minute log", "limit rate 10/minute burst 5 packets log"],
  ["counter packets 3 bytes 180 drop # handle 7", "counter drop"],
  ["quota q { 95 bytes used 48 bytes }", "quota q { 95 bytes }"],
  [
    'log prefix "timeout 1m" comment "counter packets 1 bytes 1"',
    'log prefix "timeout 1m" comment "counter packets 1 bytes 1"',
  ],
])("%s", (listed, normal) => expect(normalForm(listed)).toBe(normal));

test("a listing is read as lines that would make it; tables of others are not ours", () => {
  const listing = `table ip portknock {
	set known {
		type ipv4_addr
		size 4096
		flags dynamic,timeout
		elements = { 192.0.2.1 timeout 1m expires 55s,
			     192.0.2.2 timeout 1m expires 5s }
	}

	map input-tcp {
		type inet_service : verdict
		elements = { 22 : goto PK-${id} }
	}

	chain input {
		type filter hook input priority filter - 10; policy accept;
		jump input-more
	}

	chain input-more {
	}
}
table inet other {
	chain input {
		jump elsewhere
	}
}
`;
  expect(readListing(listing)).toEqual({
    ipv4: [
      "add set ip portknock known { type ipv4_addr; size 4096; flags dynamic,timeout; }",
      "add element ip portknock known { 192.0.2.1 timeout 1m expires 55s }",
      "add element ip portknock known { 192.0.2.2 timeout 1m expires 5s }",
      "add map ip portknock input-tcp { type inet_service : verdict; }",
      `add element ip portknock input-tcp { 22 : goto PK-${id} }`,
      "add chain ip portknock input { type filter hook input priority filter - 10; policy accept; }",
      "add rule ip portknock input jump input-more",
      "add chain ip portknock input-more",
    ],
    ipv6: [],
  });
});

describe("what is shown", () => {
  test.each([
    ["a rule", `add rule ip portknock PK-${id} tcp dport 22 counter drop`],
    ["the way to the door's port", `add element ip portknock input-tcp { 22 : goto PK-${id} }`],
    ["a rule that all doors share", "add rule ip portknock input jump input-always"],
    ["a set", `add set ip portknock pk4-${id}-1 { type ipv4_addr; size 1024; flags dynamic,timeout; }`],
  ])("%s that is gone from one family", (_, line) => {
    expect(marked((held) => held.splice(held.indexOf(line), 1))).toEqual([`missing (ipv4): ${line}`]);
  });

  test("rules that were swapped; a set of another size; somebody else's rule", () => {
    const drop = `add rule ip portknock PK-${id} tcp dport 22 counter drop`;
    expect(
      marked((held) => held.splice(held.indexOf(drop) - 1, 0, ...held.splice(held.indexOf(drop), 1))),
    ).toHaveLength(2);
    const larger = `add set ip portknock known { type ipv4_addr; size 9; flags dynamic,timeout; }`;
    expect(marked((held) => held.push(larger))).toEqual([`unexpected (ipv4): ${larger}`]);
    expect(marked((held) => held.unshift("add rule ip portknock input drop"))).toEqual([
      "unexpected (ipv4): add rule ip portknock input drop",
    ]);
  });

  test("no knock, wherever it stands", () => {
    for (const line of [
      `add rule ip portknock PK-${id} tcp dport 7001 accept`,
      `add rule ip portknock PK-${id}-A tcp dport 7001 counter`,
      `add rule ip portknock PK-${id}-first tcp dport 7001 counter`,
      `add rule ip portknock PK-${id}-1 @th,64,32 0x6f70656e return`,
      `add element ip portknock input-tcp-first { 7001 : goto PK-${id} }`,
      `add rule ip portknock input-more-first tcp dport 7001 jump PK-${id}-first`,
      "add rule ip portknock input-pings ip length 731 accept",
    ]) {
      const shown = marked((held) => held.push(line));
      expect(shown).toEqual([expect.stringMatching(/^unexpected/)]);
      expect(shown.join()).not.toMatch(/7001|731|6f70656e/);
    }
  });
});

test("what another door has, or a hook that this one does not use, is no drift", () => {
  const other = compile({ ...policy, chain: "FORWARD", interface: "eth0" }, identify("stack::other", "h1"));
  const [one, two] = [heldByNft(ruleset), heldByNft(other)];
  const both = {
    ipv4: [...new Set([...one.ipv4, ...two.ipv4])],
    ipv6: [...new Set([...two.ipv6, ...one.ipv6])],
  };
  expect(compare(ruleset, policy, both).isEqual).toBe(true);
  expect(compare(other, policy, both).isEqual).toBe(true);
});

test("every change of one line is found", () => {
  fc.assert(
    fc.property(
      policies({ maxSteps: 6 }),
      fc.nat(),
      fc.constantFrom("remove", "repeat"),
      (drawn, at, kind) => {
        const asked = possibleOn("nftables", drawn);
        const rules = compile(asked, identify("stack::door", "h1"));
        const held = heldByNft(rules);
        const family = asked.families[0] ?? "ipv4";
        const changed = [...held[family]];
        const place = at % changed.length;
        changed.splice(place, 1, ...(kind === "remove" ? [] : [changed[place] ?? "", changed[place] ?? ""]));
        expect(compare(rules, asked, held).isEqual).toBe(true);
        expect(compare(rules, asked, { ...held, [family]: changed }).isEqual).toBe(false);
      },
    ),
    { seed: seed(), numRuns: 100 },
  );
});

test("the bit of the mark is anybody's choice; a granted connection has it", () => {
  const [document] = nftablesWith({ mark: 0x80 }).documents(ruleset);
  expect(document?.text).toContain("ct mark set ct mark | 0x00000080 accept");
  expect(document?.text).not.toContain("0x40000000");
});

test("what it cannot do is said", () => {
  expect(unsupported({ ...policy, chain: "DOCKER-USER" }).map(({ property }) => property)).toEqual(["chain"]);
  expect(unsupported({ interface: "+" }).map(({ property }) => property)).toEqual(["interface"]);
  expect(unsupported(policy)).toEqual([]);
});

test("a full set refuses newcomers: findings say so, and name no setting of xt_recent", () => {
  const asked = {
    ...policy,
    stepTimeoutSeconds: 60,
    lockout: { wrongKnocks: 3, withinSeconds: 60, forSeconds: 60 },
  };
  const found = lint(asked, nftables.listLimit).filter(({ code }) =>
    ["list-capacity", "lockout-lifted"].includes(code),
  );
  expect(found).toHaveLength(2);
  for (const { reason, remedy } of found) {
    expect(reason).toMatch(/1024/);
    expect(reason + remedy).not.toMatch(/ip_list_tot|forget|push out|undefined/);
  }
});

test("tokens of a new document are used up, until the host makes them good", () => {
  const tokens = {
    port: 4000,
    tokens: [{ name: "01234567", secrets: { ipv4: "00".repeat(16), ipv6: "11".repeat(16) }, revision: 1 }],
  };
  const oneTime = complete({ door: [{ protocol: "tcp", ports: [22] }], oneTime: { tokens: 1, port: 4000 } });
  const [document] = nftables.documents(compile(oneTime, ruleset.identity, { tokens }));
  expect(document?.text).toContain(`add quota ip portknock pk4-${id}-t01234567 { 95 bytes used 95 bytes }`);
  expect(document?.text).toContain(
    `add quota ip6 portknock pk6-${id}-t01234567 { 135 bytes used 135 bytes }`,
  );
});
