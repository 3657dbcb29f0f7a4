import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { script } from "../../provider/host/script";
import { type Situation, told } from "../situations";

/** NAT rules of a host, and what the door on tcp/22 and tcp/443 is told of them; `undefined`: nothing. */
const CASES: readonly {
  readonly name: string;
  readonly rules: readonly string[];
  readonly said?: readonly [Situation, Readonly<Record<string, string | number>>];
}[] = [
  { name: "none", rules: [] },
  {
    name: "a redirect of all but one port, which is the door's",
    rules: ["iptables -t nat -A PREROUTING -p tcp ! --dport 443 -j REDIRECT --to-ports 443"],
  },
  {
    name: "a redirect of everything, less a port that is let through before",
    rules: [
      "iptables -t nat -A PREROUTING -p tcp --dport 22 -j RETURN",
      "iptables -t nat -A PREROUTING -p tcp -j REDIRECT --to-ports 15001",
    ],
    said: [
      "NAT gives packets another port",
      { port: 443, seen: 15001, rule: "PREROUTING -p tcp -j REDIRECT --to-ports 15001" },
    ],
  },
  {
    name: "a redirect to the port itself",
    rules: ["iptables -t nat -A PREROUTING -p tcp --dport 443 -j REDIRECT"],
  },
  {
    name: "a redirect from one of the door's ports to the other",
    rules: ["iptables -t nat -A PREROUTING -p tcp --dport 443 -j REDIRECT --to-ports 22"],
  },
  {
    name: "DNAT to an address of the host's own, on another port",
    rules: ["iptables -t nat -A PREROUTING -p tcp --dport 443 -j DNAT --to-destination 192.0.2.11:8443"],
    said: [
      "NAT gives packets another port",
      {
        port: 443,
        seen: 8443,
        rule: "PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination 192.0.2.11:8443",
      },
    ],
  },
  {
    name: "a range of which a part is the door's, in a chain below",
    rules: [
      "iptables -t nat -N BELOW",
      "iptables -t nat -A PREROUTING -p tcp -m multiport --dports 80,400:500 -j BELOW",
      "iptables -t nat -A BELOW -p tcp -j DNAT --to-destination 10.0.0.5",
    ],
    said: [
      "NAT sends packets elsewhere",
      { port: 443, rule: "BELOW -p tcp -j DNAT --to-destination 10.0.0.5" },
    ],
  },
  {
    name: "a service's address that is not the host's",
    rules: [
      "iptables -t nat -N SERVICE",
      "iptables -t nat -A PREROUTING -d 10.96.0.1/32 -p tcp --dport 443 -j SERVICE",
      "iptables -t nat -A SERVICE -p tcp -j DNAT --to-destination 10.0.0.5:6443",
    ],
  },
  {
    name: "what the host itself sends",
    rules: ["iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 1"],
  },
  { name: "UDP", rules: ["iptables -t nat -A PREROUTING -p udp --dport 443 -j REDIRECT --to-ports 1"] },
  {
    name: "what comes by another interface, where that is known",
    rules: ["iptables -t nat -A PREROUTING -i lo -p tcp -j REDIRECT --to-ports 1"],
  },
  {
    name: "nft: a verdict map to a chain below",
    rules: [
      "nft add table ip mine",
      "nft add chain ip mine web",
      "nft 'add chain ip mine pre { type nat hook prerouting priority -100; }'",
      "nft add rule ip mine web meta l4proto tcp counter redirect to :8080",
      "nft add rule ip mine pre tcp dport vmap '{ 443 : jump web }'",
    ],
    said: [
      "NAT gives packets another port",
      { port: 443, seen: 8080, rule: "web: meta l4proto 6 redirect to :8080" },
    ],
  },
  {
    name: "nft: a map of destinations, with a long set",
    rules: [
      "nft add table ip mine",
      "nft 'add chain ip mine pre { type nat hook prerouting priority -100; }'",
      `nft add rule ip mine pre tcp dport '{ ${Array.from({ length: 30 }, (_, n) => 400 + 2 * n).join(", ")} }' redirect to :1`,
      "nft add rule ip mine pre meta l4proto tcp dnat to tcp dport map '{ 443 : 10.0.0.9 }'",
    ],
    said: [
      "NAT sends packets elsewhere",
      { port: 443, rule: "pre: dnat to tcp dport map { 443 : 10.0.0.9 }" },
    ],
  },
  {
    name: "nft: of the other family, and of the host's own packets",
    rules: [
      "nft add table inet mine",
      "nft 'add chain inet mine pre { type nat hook prerouting priority -100; }'",
      "nft 'add chain inet mine out { type nat hook output priority -100; }'",
      "nft add rule inet mine pre meta nfproto ipv6 tcp dport 443 redirect to :1",
      "nft add rule inet mine out tcp dport 443 redirect to :1",
    ],
  },
  {
    name: "a table that iptables cannot show, where there is no nft",
    rules: [
      "iptables -t nat -A PREROUTING -p tcp --dport 443 -j REDIRECT --to-ports 8080",
      "nft add rule ip nat PREROUTING fib saddr type local counter",
      "nft() { return 127; }; command() { case $2 in nft) return 1 ;; esac; [ -x /usr/sbin/$2 ]; }",
    ],
    said: ["NAT cannot be read", {}],
  },
];

const HELD = [22, 443]
  .map(
    (port) =>
      `4 -A PORTKNOCK -p tcp -m tcp --dport ${port} -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "portknock 26adee50e1" -j ACCEPT`,
  )
  .join("\n");

describe.each(["dash", "busybox sh"])("what NAT does to a door, read under %s", (shell) => {
  test.each(CASES)("$name", async ({ rules, said }) => {
    const whole = script("observe", { NONCE: "1", ID: "26adee50e1", FAMILIES: "4", HELD });
    const functions = whole.slice(0, whole.lastIndexOf("main() {"));
    const address =
      "ip link set lo up; ip link add d0 type veth peer name d1; ip address add 192.0.2.11/24 dev d0";
    const text = [
      functions,
      address,
      ...rules,
      "diversions",
      '[ -z "$diverted" ] || printf "%s\\n" "$diverted"',
      "",
    ].join("\n");
    const running = promisify(execFile)("unshare", ["--net", ...shell.split(" "), "-c", text]);
    const { stdout, stderr } = await running;
    expect(stderr).toBe("");
    const expected = said === undefined ? "" : `${told(said[0], { family: 4, ...said[1] })}\n`;
    expect(stdout).toBe(expected);
  });
});

// No lab host has a kernel whose lists its root may not write, as those of unprivileged containers: folders stand for them.
test.each([
  { address: "192.0.2.1", locked: "pk4-26adee50e1-open", isRevoked: false },
  { address: "192.0.2.1", locked: "pk6-26adee50e1-open", isRevoked: true },
  { address: "2001:db8::1", locked: "pk6-26adee50e1-open", isRevoked: false },
  { address: "192.0.2.1", locked: "pk4-26adee50e1-open-24", isRevoked: false },
  { address: "192.0.2.1", locked: undefined, isRevoked: true },
])("whether our own grant was taken back: $address, and $locked cannot be written", async (one) => {
  const lists = await mkdtemp(join(tmpdir(), "portknock-lists."));
  try {
    for (const name of ["pk4-26adee50e1-open", "pk6-26adee50e1-open", "pk4-26adee50e1-open-24"]) {
      if (name === one.locked) await mkdir(join(lists, name));
      else await writeFile(join(lists, name), "");
    }
    const text = script("recheck", { NONCE: "1", ID: "26adee50e1", OWNER: "o", TX: "t" })
      .replaceAll("/proc/net/xt_recent", lists)
      .replace(/main "\$\{1-\}"\n$/, `main "${one.address} 1 22"\n`);
    const { stdout } = await promisify(execFile)("unshare", ["--net", "sh", "-c", text]);
    expect(stdout.split("\n")).toEqual([
      "",
      "portknock begin 1",
      ...(one.isRevoked ? [] : ["unrevoked"]),
      "portknock end 1",
      "",
    ]);
    if (one.isRevoked && one.address.includes("."))
      expect(await readFile(join(lists, "pk4-26adee50e1-open"), "utf8")).toBe(`-${one.address}\n`);
  } finally {
    await rm(lists, { recursive: true });
  }
});
