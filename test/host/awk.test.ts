import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { partsOf, type ScriptName } from "../../provider/host/protocol";
import { traveling } from "../../provider/host/script";

const DISPATCHERS = "PORTKNOCK PORTKNOCK-FORWARD PORTKNOCK-DOCKER-USER";
const ID = "0123456789";
const OTHER = "abcdef0123";

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;

const JUMP = "-I INPUT 1 -m comment --comment portknock -j PORTKNOCK";

/** A door of a release that has no chains of all doors, as it is held. */
const older = (id: string, port: number) => [
  `-A PORTKNOCK -p tcp -m tcp --dport ${port} -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "portknock ${id}" -j ACCEPT`,
  "-A PORTKNOCK ! -p icmp -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
  `-A PORTKNOCK -m comment --comment "portknock stack/${id}" -j PK-${id}`,
];
const own = (id: string, port: number) => `-A PK-${id} -p tcp -m tcp --dport ${port} -j DROP`;

const ALL = "PK-0000000000";
const FLOW = "-m conntrack --ctstate RELATED,ESTABLISHED";

/** The rules of a door in the chains of all doors: first as the chain says, then for whom. */
const labelled = (id: string, port: number, knock: number) => [
  `-A ${ALL}-ftcp0 -p tcp -m tcp --dport ${knock} -m recent --set --name pk4-known --rsource -m recent --set --name pk4-${id}-u --rsource -j PK-${id}`,
  `-A ${ALL}-tcp0 -p tcp -m tcp --dport ${port} -g PK-${id}`,
  `-A ${ALL}-every -m comment --comment "portknock stack/${id}" -j PK-${id}`,
  `-A ${ALL}-way -m recent --update --seconds ${port} --name pk4-${id}-u --rsource -j PK-${id}`,
];

/** One test of the range comes before that of several ports. */
function spanOf(ports: string): string {
  const sorted = ports.split(",").sort((a, b) => Number(a) - Number(b));
  return sorted.length > 1 ? `tcp --dport ${sorted[0]}:${sorted.at(-1)} -m ` : "";
}

/** The rules that serve all doors with such ports and first knocks. */
const serving = (ports: string, knocks: string, seconds: number) => [
  `-A PORTKNOCK ! -p icmp ${FLOW} -g ${ALL}-est`,
  `-A PORTKNOCK -g ${ALL}`,
  `-A PORTKNOCK -p tcp -m multiport --dports ${ports} ${FLOW} -m comment --comment "portknock 0000000000" -j ACCEPT`,
  `-A PORTKNOCK ! -p icmp ${FLOW} -j RETURN`,
  `-A PORTKNOCK -m comment --comment "portknock (merged)" -j ${ALL}`,
  `-A ${ALL}-est -p tcp -m ${spanOf(ports)}multiport --dports ${ports} -j ACCEPT`,
  `-A ${ALL} -p tcp -m multiport --dports ${ports} -g ${ALL}-tcp0`,
  `-A ${ALL} -i lo -g ${ALL}-own`,
  `-A ${ALL} -m pkttype ! --pkt-type unicast -g ${ALL}-own`,
  `-A ${ALL} -m recent --update --seconds ${seconds} --name pk4-known2 --rsource -g ${ALL}-every`,
  `-A ${ALL} -m recent --update --seconds ${seconds} --name pk4-known --rsource -j ${ALL}-way`,
  `-A ${ALL} -p tcp -m tcp --dport ${knocks.replace(",", ":")} --syn -m multiport --dports ${knocks} -g ${ALL}-ftcp0`,
];
const SHARED = [
  "PORTKNOCK",
  ALL,
  ...["est", "way", "ftcp0", "tcp0", "every", "own"].map((part) => `${ALL}-${part}`),
];
const declared = SHARED.map((chain) => `:${chain}`);

/** Of the rules of doors, those in a chain. */
const inChain = (part: string, ...doors: readonly (readonly string[])[]) =>
  doors.flat().filter((rule) => rule.startsWith(`-A ${ALL}-${part} `));
const inOrder = (...doors: readonly (readonly string[])[]) =>
  ["way", "ftcp0", "tcp0", "every"].flatMap((part) => inChain(part, ...doors));

interface Case {
  readonly name: string;
  readonly script: ScriptName;
  /** The variables that hold the program, in order. */
  readonly program: string;
  readonly values: Readonly<Record<string, string>>;
  readonly input: string;
  readonly output: string;
  /** How it ends, where not by 0. */
  readonly ended?: number;
}

/** A door in nftables, as its lines are held. */
const inNft = (id: string, port: number) => [
  `4 add set ip portknock pk4-${id}-1 { x; }`,
  `4 add chain ip portknock PK-${id}`,
  `4 add element ip portknock input-tcp { ${port} : goto PK-${id} }`,
  `4 add rule ip portknock PK-${id} drop`,
];

const LISTED = [
  "table ip portknock {",
  "\tset known {",
  "\t\ttype ipv4_addr",
  "\t\tsize 4096",
  "\t\tflags dynamic,timeout",
  "\t\telements = { 192.0.2.1 timeout 5s expires 3s100ms,",
  "\t\t\t     192.0.2.2 timeout 5s expires 4s }",
  "\t}",
  "",
  "\tmap input-tcp {",
  "\t\ttype inet_service : verdict",
  `\t\telements = { 8080 : goto PK-${OTHER}, 22 : goto PK-${ID} }`,
  "\t}",
  "",
  `\tquota pk4-${ID}-t11111111 {`,
  "\t\t119 bytes used 60 bytes",
  "\t}",
  "",
  "\tchain input {",
  "\t\ttype filter hook input priority filter - 10; policy accept;",
  '\t\tcounter packets 5 bytes 6 log prefix "counter packets 1 bytes 2" drop',
  "\t}",
  "",
  "\tchain input-more-first {",
  `\t\ttcp dport 7000 jump PK-${OTHER}-first`,
  "\t}",
  "}",
  "table ip6 portknock {",
  `\tchain PK-${ID} {`,
  "\t}",
  "}",
];

const MERGE = "$CHAINS_AWK$SHARED_AWK$MERGE_DOOR_AWK";

/** Text in, text out, of each program that the scripts have. */
const CASES: readonly Case[] = [
  {
    name: "held: what is ours, and the place of the jump among what may accept",
    script: "observe",
    program: "$CHAINS_AWK$ABOVE_AWK$HELD_AWK",
    values: {},
    input: lines(
      "== 4",
      "*filter",
      ":INPUT ACCEPT [0:0]",
      ":PORTKNOCK - [0:0]",
      `:PK-${ID} - [0:0]`,
      ":PK-else - [0:0]",
      "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT",
      "-A INPUT -j ACCEPT",
      "-A INPUT -m comment --comment portknock -j PORTKNOCK",
      `-A PORTKNOCK -j PK-${ID}`,
      own(ID, 22),
      "-A PK-else -j DROP",
      "COMMIT",
      "== 6",
      "*filter",
      "-A INPUT -m comment --comment portknock -j PORTKNOCK",
      `-A PK-${ID} -p tcp -m tcp --dport 443 -j DROP`,
      "COMMIT",
    ),
    output: lines(
      "4 -I INPUT 2 -m comment --comment portknock -j PORTKNOCK",
      "4 :PORTKNOCK",
      `4 :PK-${ID}`,
      `4 -A PORTKNOCK -j PK-${ID}`,
      `4 ${own(ID, 22)}`,
      "6 -I INPUT 1 -m comment --comment portknock -j PORTKNOCK",
      `6 ${own(ID, 443)}`,
    ),
  },
  {
    name: "transition: a door comes",
    script: "apply",
    program: "$CHAINS_AWK$TRANSITION_AWK",
    values: { id: ID, dispatchers: DISPATCHERS },
    input: lines(
      ...["", "--", ":PORTKNOCK", `:${ALL}`, ...serving("22", "7000", 22).slice(0, 4)],
      ...[`:PK-${ID}`, own(ID, 22), "--"],
    ),
    output: lines(
      ...["*filter", ":PORTKNOCK - [0:0]", `:${ALL} - [0:0]`, `:PK-${ID} - [0:0]`],
      ...[...serving("22", "7000", 22).slice(0, 4), own(ID, 22), JUMP, "COMMIT"],
    ),
  },
  {
    name: "transition: of an input that was cut, nothing to load",
    script: "apply",
    program: "$CHAINS_AWK$TRANSITION_AWK",
    values: { id: "", dispatchers: DISPATCHERS },
    input: lines(JUMP, ":PORTKNOCK", `:PK-${ID}`, own(ID, 22), "--", ":PORTKNOCK", `:PK-${ID}`),
    output: lines("*filter", "-D INPUT -m comment --comment portknock -j PORTKNOCK"),
    ended: 1,
  },
  {
    name: "transition: the only door goes, and leaves nothing",
    script: "apply",
    program: "$CHAINS_AWK$TRANSITION_AWK",
    values: { id: ID, dispatchers: DISPATCHERS },
    input: lines(JUMP, ":PORTKNOCK", `:${ALL}-own`, `:PK-${ID}`, own(ID, 22), "--", "", "--"),
    output: lines(
      ...["*filter", "-D INPUT -m comment --comment portknock -j PORTKNOCK"],
      ...[":PORTKNOCK - [0:0]", `:${ALL}-own - [0:0]`, `:PK-${ID} - [0:0]`],
      ...["-X PORTKNOCK", `-X ${ALL}-own`, `-X PK-${ID}`, "COMMIT"],
    ),
  },
  ...["", "whole"].map(
    (whole): Case => ({
      name: `transition: ${whole ? "all is written anew" : "what stays is not named, and what is longer is continued"}; another door's chains are never named`,
      script: "apply",
      program: "$CHAINS_AWK$TRANSITION_AWK",
      values: { id: ID, dispatchers: DISPATCHERS, whole },
      input: lines(
        ...[
          JUMP,
          ":PORTKNOCK",
          `:${ALL}-tcp0`,
          `:${ALL}-udp0`,
          `:PK-${OTHER}`,
          `:PK-${ID}`,
          own(OTHER, 80),
          "-A PORTKNOCK -j A",
        ],
        ...[`-A ${ALL}-tcp0 -j A`, `-A ${ALL}-udp0 -j A`, `-A ${ALL}-udp0 -j B`, "--"],
        ...[":PORTKNOCK", "-A PORTKNOCK -j A", `:${ALL}-tcp0`, `-A ${ALL}-tcp0 -j A`, `-A ${ALL}-tcp0 -j B`],
        ...[`:${ALL}-udp0`, `-A ${ALL}-udp0 -j B`, "--"],
      ),
      output: lines(
        ...["*filter", "-D INPUT -m comment --comment portknock -j PORTKNOCK"],
        ...(whole ? [":PORTKNOCK - [0:0]", `:${ALL}-tcp0 - [0:0]`] : []),
        ...[`:${ALL}-udp0 - [0:0]`, `:PK-${ID} - [0:0]`],
        ...(whole ? ["-A PORTKNOCK -j A", `-A ${ALL}-tcp0 -j A`] : []),
        ...[`-A ${ALL}-tcp0 -j B`, `-A ${ALL}-udp0 -j B`, `-X PK-${ID}`, JUMP, "COMMIT"],
      ),
    }),
  ),
  {
    name: "shared, merge_door: a second door, and one rule serves the ports of both",
    script: "apply",
    program: MERGE,
    values: { id: ID, family: "4", dispatchers: DISPATCHERS },
    input: lines(
      ...[JUMP, ...declared, `:PK-${OTHER}`, ...labelled(OTHER, 80, 8000), ...serving("80", "8000", 80)],
      ...[own(OTHER, 80), "--", `:PK-${ID} - [0:0]`, ...labelled(ID, 22, 7000), own(ID, 22)],
    ),
    output: lines(
      ...[...declared, ...serving("80,22", "7000,8000", 80)],
      ...[...inOrder(labelled(OTHER, 80, 8000), labelled(ID, 22, 7000)), `:PK-${ID}`, own(ID, 22)],
    ),
  },
  {
    name: "merge_door: a door goes, and its share with it",
    script: "apply",
    program: MERGE,
    values: { id: ID, family: "4", dispatchers: DISPATCHERS },
    input: lines(
      ...[...declared, ...serving("80,22", "7000,8000", 80), ...labelled(OTHER, 80, 8000)],
      ...[...labelled(ID, 22, 7000), own(ID, 22), "--", ""],
    ),
    output: lines(...declared, ...serving("80", "8000", 80), ...inOrder(labelled(OTHER, 80, 8000))),
  },
  {
    name: "merge_door: beside a door of an older release, packets for a port of either go straight to it",
    script: "apply",
    program: MERGE,
    values: { id: ID, family: "4", dispatchers: DISPATCHERS },
    input: lines(
      ...[JUMP, ":PORTKNOCK", `:PK-${OTHER}`, ...older(OTHER, 80), own(OTHER, 80), "--"],
      ...[`:PK-${ID} - [0:0]`, ...labelled(ID, 22, 7000), own(ID, 22)],
    ),
    output: lines(
      ...[
        ...declared.filter((line) => !line.endsWith("-est")),
        older(OTHER, 80)[0] ?? "",
        serving("22", "7000", 22)[2] ?? "",
        older(OTHER, 80)[1] ?? "",
      ],
      ...[`-A PORTKNOCK -p tcp -m multiport --dports 22 -g ${ALL}`],
      ...[`-A PORTKNOCK -p tcp -m tcp --dport 80 -g PK-${OTHER}`, serving("22", "7000", 22)[4] ?? ""],
      ...[older(OTHER, 80)[2] ?? "", ...serving("22", "7000", 22).slice(6)],
      ...[...inOrder(labelled(ID, 22, 7000)), `:PK-${ID}`, own(ID, 22)],
    ),
  },
  {
    name: "merge_door: the tenth chain of ports is listed before the second, and does not come before it",
    script: "apply",
    program: MERGE,
    values: { id: ID, family: "4", dispatchers: DISPATCHERS },
    input: lines(
      `-A ${ALL}-tcp10 -p tcp -m tcp --dport 10 -g PK-${OTHER}`,
      `-A ${ALL}-tcp2 -p tcp -m tcp --dport 2 -g PK-${OTHER}`,
      ...[`-A ${ALL}-every -m comment --comment "portknock x" -j PK-${OTHER}`, "--", ""],
    ),
    output: lines(
      ...[
        ":PORTKNOCK",
        `:${ALL}`,
        `:${ALL}-est`,
        `:${ALL}-way`,
        `:${ALL}-tcp0`,
        `:${ALL}-every`,
        `:${ALL}-own`,
      ],
      ...serving("2,10", "", 1).slice(0, 11),
      ...[2, 10].map((port) => `-A ${ALL}-tcp0 -p tcp -m tcp --dport ${port} -g PK-${OTHER}`),
      `-A ${ALL}-every -m comment --comment "portknock x" -j PK-${OTHER}`,
    ),
  },
  ...[labelled(OTHER, 22, 7000), older(OTHER, 22)].map(
    (other, index): Case => ({
      name: `merge_door: a port that another door has${index ? ", of an older release" : ""}`,
      script: "apply",
      program: MERGE,
      values: { id: ID, family: "4", dispatchers: DISPATCHERS },
      input: lines(...other, "--", ...labelled(ID, 22, 7001)),
      output: lines(`conflict tcp/22 belongs to the door stack/${OTHER}`),
    }),
  ),
  {
    name: "remaining: the other door, with the new dispatcher",
    script: "apply",
    program: "$CHAINS_AWK$REMAINING_AWK",
    values: { id: ID, prefix: "6 " },
    input: lines(
      ...[
        JUMP,
        ":PORTKNOCK",
        `:PK-${OTHER}`,
        `:PK-${ID}`,
        "-A PORTKNOCK -j OLD",
        own(OTHER, 80),
        own(ID, 22),
      ],
      ...["--", ":PORTKNOCK", ...serving("80", "8000", 80)],
    ),
    output: lines(
      ...[JUMP, `:PK-${OTHER}`, ":PORTKNOCK", own(OTHER, 80), ...serving("80", "8000", 80)].map(
        (line) => `6 ${line}`,
      ),
    ),
  },
  {
    name: "slots: of two sets of lists the one whose stages have changed",
    script: "apply",
    program: "$SLOTS_AWK",
    values: { lists: `pk4-${ID}-` },
    input: lines(
      ...[`-A X --dport 1 --name pk4-${ID}-1`, `-A X --dport 2 --name pk4-${ID}-b1`, "--", "*filter"],
      ...[`-A X --dport 1 --name pk4-${ID}-1`, `-A X --dport 3 --name pk4-${ID}-b1`, "COMMIT"],
    ),
    output: lines(`pk4-${ID}-b`),
  },
  {
    name: "nat_iptables: translations of both families, and what a RETURN leaves out",
    script: "observe",
    program: "$NAT_ADDRESSES_AWK$NAT_IPTABLES_AWK",
    values: {},
    input: lines(
      "== 4",
      "*nat",
      "-A PREROUTING -p tcp -m tcp --dport 23 -j RETURN",
      "-A PREROUTING -i eth0 -p tcp -m tcp --dport 22 -j REDIRECT --to-ports 2222",
      "-A PREROUTING -i lo -j REDIRECT",
      "COMMIT",
      "== 6",
      "-A PREROUTING -j deep",
      "-A deep -p udp -m udp --dport 53 -j DNAT --to-destination [2001:db8::1]:5353",
    ),
    output: lines(
      "4 redirect tcp 22 tcp/23 eth0 2222 -A PREROUTING -i eth0 -p tcp -m tcp --dport 22 -j REDIRECT --to-ports 2222",
      "6 dnat udp 53 - - [2001:db8::1]:5353 -A deep -p udp -m udp --dport 53 -j DNAT --to-destination [2001:db8::1]:5353",
    ),
  },
  {
    name: "nat_nft: a redirect of an inet table",
    script: "observe",
    program: "$NAT_ADDRESSES_AWK$NAT_NFT_AWK",
    values: { family: "4" },
    input: lines(
      "table inet own {",
      "\tchain pre {",
      "\t\ttype nat hook prerouting priority -100; policy accept;",
      '\t\tiifname "eth0" tcp dport { 22, 2200-2300 } counter packets 1 bytes 2 redirect to :2222',
      "\t\tip6 daddr ::1 tcp dport 22 redirect to :1",
      "\t}",
      "}",
    ),
    output: lines(
      '4 redirect tcp 22,2200:2300 - eth0 :2222 pre: iifname "eth0" tcp dport { 22, 2200-2300 } redirect to :2222',
    ),
  },
  ...[labelled(ID, 22, 7000), older(ID, 22)].map(
    (door, index): Case => ({
      name: `nat_doors: past a door${index ? " of an older release" : ""}, and of the other family none`,
      script: "observe",
      program: "$NAT_ADDRESSES_AWK$NAT_DOORS_AWK",
      values: { id: ID },
      input: lines(
        ...door.map((line) => `4 ${line}`),
        "--",
        "4 redirect tcp 22 - - 2222 -A PREROUTING a",
        "6 redirect tcp 22 - - 2222 -A PREROUTING b",
      ),
      output: lines(
        "NAT may take tcp/22 past the door (IPv4, `PREROUTING a`): INPUT sees it as tcp/2222, which no door guards. To close it, name the port that INPUT sees in a door, or take the rule away",
      ),
    }),
  ),
  {
    name: "nft_listing: what nft lists, as lines that add it, without what packets change",
    script: "observe",
    program: "$NFT_LISTING_AWK",
    values: {},
    input: lines(...LISTED),
    output: lines(
      "4 add set ip portknock known { type ipv4_addr; size 4096; flags dynamic,timeout; }",
      "4 add map ip portknock input-tcp { type inet_service : verdict; }",
      `4 add element ip portknock input-tcp { 22 : goto PK-${ID} }`,
      `4 add element ip portknock input-tcp { 8080 : goto PK-${OTHER} }`,
      `4 add quota ip portknock pk4-${ID}-t11111111 { 119 bytes }`,
      "4 add chain ip portknock input { type filter hook input priority filter - 10; policy accept; }",
      '4 add rule ip portknock input counter log prefix "counter packets 1 bytes 2" drop',
      "4 add chain ip portknock input-more-first",
      `4 add element ip portknock input-tcp-first { 7000 : jump PK-${OTHER}-first }`,
      `6 add chain ip6 portknock PK-${ID}`,
    ),
  },
  {
    name: "nft_listing: with all that packets change",
    script: "observe",
    program: "$NFT_LISTING_AWK",
    values: { all: "all" },
    input: lines(...LISTED),
    output: lines(
      "4 add set ip portknock known { type ipv4_addr; size 4096; flags dynamic,timeout; }",
      "4 add element ip portknock known { 192.0.2.1 timeout 5s expires 3s100ms }",
      "4 add element ip portknock known { 192.0.2.2 timeout 5s expires 4s }",
      "4 add map ip portknock input-tcp { type inet_service : verdict; }",
      `4 add element ip portknock input-tcp { 22 : goto PK-${ID} }`,
      `4 add element ip portknock input-tcp { 8080 : goto PK-${OTHER} }`,
      `4 add quota ip portknock pk4-${ID}-t11111111 { 119 bytes used 60 bytes }`,
      "4 add chain ip portknock input { type filter hook input priority filter - 10; policy accept; }",
      '4 add rule ip portknock input counter packets 5 bytes 6 log prefix "counter packets 1 bytes 2" drop',
      "4 add chain ip portknock input-more-first",
      `4 add rule ip portknock input-more-first tcp dport 7000 jump PK-${OTHER}-first`,
      `6 add chain ip6 portknock PK-${ID}`,
    ),
  },
  {
    name: "nft_document: a unit that stays is not named; sets keep their entries; a key is one door's; a new quota is used up",
    script: "observe",
    program: "$NFT_DOORS_AWK$NFT_DOCUMENT_AWK",
    values: {},
    input: lines(
      ...[
        "4 add chain ip portknock input",
        ...inNft(ID, 22),
        ...inNft(OTHER, 80),
        "6 add chain ip6 portknock input",
      ],
      "--",
      ...["4 add chain ip portknock input", ...inNft(ID, 22)],
      `4 add element ip portknock input-tcp-first { 7000 : jump PK-${ID}-first }`,
      `4 add element ip portknock input-tcp-first { 7000 : jump PK-new-first }`,
      `4 add quota ip portknock pk4-${ID}-t11111111 { 119 bytes }`,
    ),
    output: lines(
      "add table ip portknock",
      "add table ip6 portknock",
      "delete table ip6 portknock",
      "add chain ip portknock input",
      `add set ip portknock pk4-${ID}-1 { x; }`,
      `add chain ip portknock PK-${ID}`,
      `add quota ip portknock pk4-${ID}-t11111111 { 119 bytes used 119 bytes }`,
      "flush chain ip portknock input",
      `flush chain ip portknock PK-${ID}`,
      `flush chain ip portknock PK-${OTHER}`,
      `add element ip portknock input-tcp { 22 : goto PK-${ID} }`,
      `add rule ip portknock PK-${ID} drop`,
      `add element ip portknock input-tcp-first { 7000 : jump PK-${ID}-first }`,
      "add rule ip portknock input-more-first tcp dport 7000 jump PK-new-first",
      `delete chain ip portknock PK-${OTHER}`,
      `delete set ip portknock pk4-${OTHER}-1`,
    ),
  },
  {
    name: "nft_merge: the door in place of what it was, beside the others; who is asked last has the longest time",
    script: "apply",
    program: "$NFT_DOORS_AWK$NFT_MERGE_AWK",
    values: { id: ID, families: "4" },
    input: lines(
      "4 add chain ip portknock input { old }",
      "4 add chain ip portknock forward { old }",
      ...inNft(ID, 22),
      ...inNft(OTHER, 80),
      `4 add rule ip portknock input-every ip saddr @pk4-${OTHER}-u update @known { ip saddr timeout 1m30s } jump PK-${OTHER}`,
      "--",
      "add table ip portknock",
      "add table ip6 portknock",
      "add chain ip portknock input { new }",
      "add chain ip6 portknock input { new }",
      `add quota ip portknock pk4-${ID}-t11111111 { 119 bytes used 119 bytes }`,
      "flush chain ip portknock input",
      `add rule ip portknock input-every ip saddr @pk4-${ID}-u update @known { ip saddr timeout 100s } jump PK-${ID}`,
      `add rule ip portknock input-every ip saddr @pk4-${ID}-u update @known { ip saddr timeout 5s } jump PK-${ID}`,
    ),
    output: lines(
      ...inNft(OTHER, 80),
      "4 add chain ip portknock input { new }",
      `4 add quota ip portknock pk4-${ID}-t11111111 { 119 bytes }`,
      ...[`${ID}:5s`, `${OTHER}:1m30s`, `${ID}:100s`].map((one) => {
        const [id, time] = one.split(":");
        return `4 add rule ip portknock input-every ip saddr @pk4-${id}-u update @known { ip saddr timeout ${time} } jump PK-${id}`;
      }),
    ),
  },
  {
    name: "nft_merge: with the last door, all goes",
    script: "apply",
    program: "$NFT_DOORS_AWK$NFT_MERGE_AWK",
    values: { id: ID, families: "4 6" },
    input: lines("4 add chain ip portknock input { old }", ...inNft(ID, 22), "--"),
    output: "",
  },
  {
    name: "nft_sets: who may not stay where they are after a change",
    script: "apply",
    program: "$NFT_SETS_AWK",
    values: { id: ID },
    input: lines(
      ...["1", "b1", "open", "open-24", "wrong1"].map(
        (name) => `4 add set ip portknock pk4-${ID}-${name} { x; }`,
      ),
      `4 add set ip portknock pk4-${OTHER}-open-24 { x; }`,
      `4 add rule ip portknock PK-${ID}-A tcp dport 1 update @pk4-${ID}-1 { ip saddr }`,
      `4 add rule ip portknock PK-${ID}-B tcp dport 2 update @pk4-${ID}-b1 { ip saddr }`,
      "--",
      ...["1", "b1", "open", "open-24", "wrong1", "deaf"].map(
        (name) => `4 add set ip portknock pk4-${ID}-${name} { x; }`,
      ),
      `4 add rule ip portknock PK-${ID}-A tcp dport 1 update @pk4-${ID}-1 { ip saddr }`,
      `4 add rule ip portknock PK-${ID}-B tcp dport 3 update @pk4-${ID}-b1 { ip saddr }`,
    ),
    output: lines(...["b1", "open-24", "wrong1"].map((name) => `flush set ip portknock pk4-${ID}-${name}`)),
  },
  ...(
    [
      [`add element ip portknock input-tcp { 443 : goto PK-${ID} }`, ""],
      [`add element ip portknock input-tcp { 80 : goto PK-${ID} }`, "tcp/80 belongs to the door stack/web"],
      [
        `add rule ip portknock input-more tcp dport 20-30 goto PK-${ID}`,
        "tcp/20-30 belongs to the door stack/ssh",
      ],
      [`add rule ip portknock input-more udp dport 20-30 goto PK-${ID}`, ""],
      [`-A ${ALL}-tcp0 -p tcp --dport 80 -g PK-${ID}`, "tcp/80 belongs to the door stack/web"],
      [`-A PK-0000000001-tcp0 -p tcp -m conntrack --ctorigdstport 80 -g PK-${ID}`, ""],
    ] as const
  ).map(
    ([line, output]): Case => ({
      name: `claims: ${line}`,
      script: "apply",
      program: "$CLAIMS_AWK",
      values: { id: ID },
      input: lines(
        `4 -A ${ALL}-tcp0 -p tcp -m multiport --dports 22,25 -g PK-1111111111`,
        `4 -A ${ALL}-every -m comment --comment "portknock stack/ssh" -j PK-1111111111`,
        `4 add element ip portknock input-tcp { 80 : goto PK-${OTHER} }`,
        `4 add element ip portknock input-tcp { 443 : goto PK-${ID} }`,
        `4 add rule ip portknock input-every ip saddr @pk4-${OTHER}-u jump PK-${OTHER} comment "portknock stack/web"`,
        "--",
        line,
      ),
      output: output === "" ? "" : lines(output),
    }),
  ),
  ...(
    [
      ["tcp dport 22 accept", true],
      ["tcp dport { 22, 80 } ct state new counter packets 3 bytes 4 accept", true],
      ['iifname "eth0" tcp dport 20-30 accept comment "ssh"', true],
      ["tcp dport @open accept", true],
      ["ct state new accept", true],
      ["-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", true],
      ["-A INPUT -p tcp -m multiport --dports 80,20:30 -m conntrack --ctstate NEW -j ACCEPT", true],
      ["ip saddr 10.0.0.0/8 tcp dport 22 accept", false],
      ["ct state established,related accept", false],
      ['iifname "lo" accept', false],
      ["udp dport 22 accept", false],
      ["tcp dport 80 accept", false],
      ["tcp dport 22 drop", false],
      ["-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", false],
      ["-A INPUT -i lo -j ACCEPT", false],
      ["-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT", false],
    ] as const
  ).map(
    ([line, isLetIn]): Case => ({
      name: `lets_in: ${line}`,
      script: "observe",
      program: "$LETS_IN_AWK",
      values: { ports: "tcp/22 " },
      input: lines("table inet host {", `\t\t${line}`, "}"),
      output: "",
      ...(!isLetIn && { ended: 1 }),
    }),
  ),
];

/** The programs as they travel, and each as the shell hands it to awk. */
function run(awk: string, { script, program, values, input }: Case) {
  const given = partsOf(script)
    .filter((part) => part.endsWith(".awk"))
    .map(traveling)
    .join("");
  const set = Object.entries(values).map(([name, value]) => `-v '${name}=${value}'`);
  const shell = `${given}${awk} ${set.join(" ")} "${program}"\n`;
  const { stdout, status } = spawnSync("sh", ["-c", shell], { input, encoding: "utf8" });
  return { output: stdout, ended: status };
}

const AWKS = ["mawk", "gawk --posix", "busybox awk"];
const isThere = (awk: string) => {
  try {
    execFileSync("sh", ["-c", `${awk} 'BEGIN { exit 0 }' </dev/null`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** gawk is not on every machine that tests; the other two come with scripts/setup.sh. */
describe.each(AWKS.filter((awk) => !awk.startsWith("gawk") || isThere(awk)))("by %s", (awk) => {
  test.each(CASES)("$name", (one) => {
    expect(run(awk, one)).toEqual({ output: one.output, ended: one.ended ?? 0 });
  });
});

test("each program has a case", () => {
  const programs = new Set(
    (["apply", "observe"] as const).flatMap(partsOf).filter((part) => part.endsWith(".awk")),
  );
  const tried = CASES.map(({ program }) => program).join("");
  expect(programs.size).toBeGreaterThan(8);
  for (const part of programs)
    expect(tried).toContain(`${(part.split("/").pop() ?? "").replace(".awk", "").toUpperCase()}_AWK`);
});
