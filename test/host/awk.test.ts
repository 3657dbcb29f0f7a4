import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { partsOf, type ScriptName } from "../../provider/host/protocol";
import { traveling } from "../../provider/host/script";

const DISPATCHERS = "PORTKNOCK PORTKNOCK-FORWARD PORTKNOCK-DOCKER-USER";
const ID = "0123456789";
const OTHER = "abcdef0123";

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;

const JUMP = "-I INPUT 1 -m comment --comment portknock -j PORTKNOCK";

/** A door as it is held, or as its document has it. */
const door = (id: string, port: number) => [
  `-A PORTKNOCK -p tcp -m tcp --dport ${port} -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "portknock ${id}" -j ACCEPT`,
  "-A PORTKNOCK ! -p icmp -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
  `-A PORTKNOCK -m comment --comment "portknock stack/${id}" -j PK-${id}`,
];
const own = (id: string, port: number) => `-A PK-${id} -p tcp -m tcp --dport ${port} -j DROP`;
const straight = (id: string, port: number) => `-A PORTKNOCK -p tcp -m tcp --dport ${port} -g PK-${id}`;

interface Case {
  readonly name: string;
  readonly script: ScriptName;
  /** The variables that hold the program, in order. */
  readonly program: string;
  readonly values: Readonly<Record<string, string>>;
  readonly input: string;
  readonly output: string;
}

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
    program: "$CHAINS_AWK$DOCUMENT_AWK$TRANSITION_AWK",
    values: { id: ID, dispatchers: DISPATCHERS },
    input: lines("", "--", ":PORTKNOCK", ...door(ID, 22), `:PK-${ID}`, own(ID, 22)),
    output: lines(
      "*filter",
      ":PORTKNOCK - [0:0]",
      `:PK-${ID} - [0:0]`,
      ...door(ID, 22),
      own(ID, 22),
      JUMP,
      "COMMIT",
    ),
  },
  {
    name: "transition: the only door goes, and leaves nothing",
    script: "apply",
    program: "$CHAINS_AWK$DOCUMENT_AWK$TRANSITION_AWK",
    values: { id: ID, dispatchers: DISPATCHERS },
    input: lines(JUMP, ":PORTKNOCK", `:PK-${ID}`, own(ID, 22), "--", ""),
    output: lines(
      "*filter",
      "-D INPUT -m comment --comment portknock -j PORTKNOCK",
      ":PORTKNOCK - [0:0]",
      `:PK-${ID} - [0:0]`,
      "-X PORTKNOCK",
      `-X PK-${ID}`,
      "COMMIT",
    ),
  },
  {
    name: "transition: another door's chains are not named",
    script: "apply",
    program: "$CHAINS_AWK$DOCUMENT_AWK$TRANSITION_AWK",
    values: { id: ID, dispatchers: DISPATCHERS },
    input: lines(
      ...[
        JUMP,
        ":PORTKNOCK",
        `:PK-${OTHER}`,
        `:PK-${ID}`,
        ...door(OTHER, 80),
        own(OTHER, 80),
        own(ID, 22),
        "--",
      ],
      ...[":PORTKNOCK", ...door(OTHER, 80)],
    ),
    output: lines(
      ...["*filter", "-D INPUT -m comment --comment portknock -j PORTKNOCK", ":PORTKNOCK - [0:0]"],
      ...[`:PK-${ID} - [0:0]`, ...door(OTHER, 80), `-X PK-${ID}`, JUMP, "COMMIT"],
    ),
  },
  {
    name: "merge_door: a second door, and packets for each go straight to it",
    script: "apply",
    program: "$CHAINS_AWK$DOCUMENT_AWK$MERGE_DOOR_AWK",
    values: { id: ID, dispatchers: DISPATCHERS },
    input: lines(
      ...[JUMP, ":PORTKNOCK", `:PK-${OTHER}`, ...door(OTHER, 80), own(OTHER, 80), "--"],
      ...[":PORTKNOCK - [0:0]", `:PK-${ID} - [0:0]`, ...door(ID, 22), own(ID, 22)],
    ),
    output: lines(
      ...[":PORTKNOCK", door(OTHER, 80)[0] ?? "", door(ID, 22)[0] ?? "", door(ID, 22)[1] ?? ""],
      ...[straight(OTHER, 80), straight(ID, 22), door(OTHER, 80)[2] ?? "", door(ID, 22)[2] ?? ""],
      ...[`:PK-${ID}`, own(ID, 22)],
    ),
  },
  {
    name: "merge_door: the same as a document, which names no other door's chains",
    script: "apply",
    program: "$CHAINS_AWK$DOCUMENT_AWK$MERGE_DOOR_AWK",
    values: { id: ID, dispatchers: DISPATCHERS, as_document: "yes" },
    input: lines(
      ...[JUMP, ":PORTKNOCK", `:PK-${OTHER}`, `:PK-${ID}-1`, ...door(OTHER, 80), own(OTHER, 80), "--"],
      ...[":PORTKNOCK - [0:0]", `:PK-${ID} - [0:0]`, ...door(ID, 22), own(ID, 22)],
    ),
    output: lines(
      ...["*filter", "-D INPUT -m comment --comment portknock -j PORTKNOCK"],
      ...[":PORTKNOCK - [0:0]", `:PK-${ID}-1 - [0:0]`, `:PK-${ID} - [0:0]`],
      ...[door(OTHER, 80)[0] ?? "", door(ID, 22)[0] ?? "", door(ID, 22)[1] ?? ""],
      ...[straight(OTHER, 80), straight(ID, 22), door(OTHER, 80)[2] ?? "", door(ID, 22)[2] ?? ""],
      ...[own(ID, 22), `-X PK-${ID}-1`, JUMP, "COMMIT"],
    ),
  },
  {
    name: "merge_door: a port that another door has, also as a document",
    script: "apply",
    program: "$CHAINS_AWK$DOCUMENT_AWK$MERGE_DOOR_AWK",
    values: { id: ID, dispatchers: DISPATCHERS, as_document: "yes" },
    input: lines(...door(OTHER, 22), "--", ...door(ID, 22)),
    output: lines(`conflict tcp/22 belongs to the door stack/${OTHER}`),
  },
  {
    name: "merge_door: a port that another door has",
    script: "apply",
    program: "$CHAINS_AWK$DOCUMENT_AWK$MERGE_DOOR_AWK",
    values: { id: ID, dispatchers: DISPATCHERS },
    input: lines(...door(OTHER, 22), "--", ...door(ID, 22)),
    output: lines(`conflict tcp/22 belongs to the door stack/${OTHER}`),
  },
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
      ...["--", ":PORTKNOCK", ...door(OTHER, 80)],
    ),
    output: lines(
      ...[JUMP, `:PK-${OTHER}`, ":PORTKNOCK", own(OTHER, 80), ...door(OTHER, 80)].map((line) => `6 ${line}`),
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
  {
    name: "nat_doors: past a door, and of the other family none",
    script: "observe",
    program: "$NAT_ADDRESSES_AWK$NAT_DOORS_AWK",
    values: { id: ID },
    input: lines(
      ...door(ID, 22).map((line) => `4 ${line}`),
      "--",
      "4 redirect tcp 22 - - 2222 -A PREROUTING a",
      "6 redirect tcp 22 - - 2222 -A PREROUTING b",
    ),
    output: lines(
      "NAT may take tcp/22 past the door (IPv4, `PREROUTING a`): INPUT sees it as tcp/2222, which no door guards. To close it, name the port that INPUT sees in a door, or take the rule away",
    ),
  },
];

/** The programs as they travel, and each as the shell hands it to awk. */
function run(awk: string, { script, program, values, input }: Case): string {
  const given = partsOf(script)
    .filter((part) => part.endsWith(".awk"))
    .map(traveling)
    .join("");
  const set = Object.entries(values).map(([name, value]) => `-v '${name}=${value}'`);
  const shell = `${given}${awk} ${set.join(" ")} "${program}"\n`;
  return execFileSync("sh", ["-c", shell], { input, encoding: "utf8" });
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
    expect(run(awk, one)).toBe(one.output);
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
