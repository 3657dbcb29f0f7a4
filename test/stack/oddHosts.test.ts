import { beforeAll, describe, expect, test } from "vitest";
import type { Host, Lab } from "../lab/lab";
import { told } from "../situations";
import { useStack } from "./useStack";
import { connection, isOpen, lacksMatch, prepareHosts, sshDoor, webDoor } from "./world";

type Door = (lab: Lab, host: Host) => Readonly<Record<string, unknown>>;

interface Kind {
  readonly name: string;
  /** Shell commands that make a lab host one of these. */
  readonly prepare: string;
  readonly door: Door;
  /** Warnings of the door, from its first `up` on. */
  readonly warned?: readonly string[];
}

const without = (tool: string) =>
  `rm /etc/alternatives/${tool} /etc/alternatives/${tool}-save /etc/alternatives/${tool}-restore`;
const failing = (tool: string) =>
  `for part in "" -save -restore; do rm /etc/alternatives/${tool}$part; printf '#!/bin/sh\\nexit 3\\n' >/etc/alternatives/${tool}$part; chmod 0755 /etc/alternatives/${tool}$part; done`;
const NFT = (rules: string, policy: string) =>
  `nft add table inet fw; nft add chain inet fw input '{ type filter hook input priority -10; policy ${policy}; }'; ${rules}`;
const READ_ONLY = "mount --bind /etc /etc; mount -o remount,bind,ro /etc";

/** Without it a door goes into nftables where iptables lacks something. */
const inIptables: typeof sshDoor = (lab, host, more) => sshDoor(lab, host, { backend: "iptables", ...more });

/** A door that soon gives up where nobody gets in. */
const impatient: typeof sshDoor = (lab, host, more) =>
  sshDoor(lab, host, {
    connection: connection(lab, host, { dialErrorLimit: 2 }),
    ...{ rollbackAfterSeconds: 15, ...more },
  });

/** Hosts on which a door works. */
const ODD: readonly Kind[] = [
  {
    name: "IPv4 alone, where there is no ip6tables",
    prepare: without("ip6tables"),
    door: (lab, host) => sshDoor(lab, host, { families: ["ipv4"] }),
  },
  {
    name: "IPv4 alone, where ip6tables fails",
    prepare: failing("ip6tables"),
    door: (lab, host) => sshDoor(lab, host, { families: ["ipv4"] }),
  },
  {
    name: "IPv6 alone, where there is no iptables",
    prepare: without("iptables"),
    door: (lab, host) => sshDoor(lab, host, { families: ["ipv6"] }),
  },
  {
    name: "IPv6 alone, where iptables fails",
    prepare: failing("iptables"),
    door: (lab, host) =>
      sshDoor(lab, host, { families: ["ipv6"], connection: connection(lab, host, { host: host.ipv6 }) }),
  },
  {
    name: "a read-only /etc, as the policy allows",
    prepare: READ_ONLY,
    door: (lab, host) => sshDoor(lab, host, { onUnpersisted: "warn" }),
    warned: [told("readOnlyEtcWarned")],
  },
  {
    name: "lists that root may not write",
    prepare: "mount -o remount,bind,ro /proc",
    door: webDoor,
    warned: [told("fixedLists")],
  },
  {
    name: "a table of nft's own whose policy is drop",
    prepare: NFT(
      "nft add rule inet fw input tcp dport '{ 22, 7101, 8080 }' accept; nft add rule inet fw input udp dport 8101 accept; nft add rule inet fw input ct state established accept; nft add rule inet fw input meta l4proto ipv6-icmp accept",
      "drop",
    ),
    door: webDoor,
    warned: [told("nftDropsAll", { chain: "input (policy drop)" })],
  },
  {
    name: "a table of nft's own with a drop at its end",
    prepare: NFT(
      "nft add rule inet fw input tcp dport '{ 22, 7101, 8080 }' accept; nft add rule inet fw input udp dport 8101 accept; nft add rule inet fw input ct state established accept; nft add rule inet fw input meta l4proto ipv6-icmp accept; nft add rule inet fw input counter drop",
      "accept",
    ),
    door: webDoor,
    warned: [told("nftDropsAll", { chain: "input (a drop at its end)" })],
  },
];

/** Hosts on which none is made. */
const REFUSED: readonly (Kind & { readonly said: string })[] = [
  {
    name: "a read-only /etc",
    prepare: READ_ONLY,
    door: sshDoor,
    said: told("readOnlyEtcRefused"),
  },
  {
    name: "a table of nft's own that drops a knock",
    prepare: NFT("nft add rule inet fw input tcp dport 7001 drop", "accept"),
    door: impatient,
    said: told("nftDropsSome", { chain: "input" }),
  },
  {
    name: "a table of nft's own that drops a knock before a door in nftables",
    prepare: `nft add table inet fw; nft add chain inet fw first '{ type filter hook prerouting priority -400; }'; nft add rule inet fw first tcp dport 7001 drop`,
    door: (lab, host) => impatient(lab, host, { backend: "nftables" }),
    said: told("nftDropsSome", { chain: "first" }),
  },
  {
    name: "a rule of nft's in iptables' table",
    prepare: "nft add rule ip filter INPUT fib saddr type local counter",
    door: inIptables,
    said: told("unreadableTable"),
  },
  {
    name: "no u32, for a payload and a ping",
    prepare: lacksMatch("u32"),
    door: (lab, host) =>
      inIptables(lab, host, {
        sequence: [
          { protocol: "udp", port: 8001, payload: "open" },
          { protocol: "icmp", payloadBytes: 99 },
        ],
      }),
    said: told("noU32", {
      users: 'the payload of a UDP step, an ICMP step over IPv6 (families: ["ipv4"] does without)',
    }),
  },
  { name: "no recent", prepare: lacksMatch("recent"), door: inIptables, said: told("noMatch") },
];

const KINDS: readonly Kind[] = [...ODD, ...REFUSED];

/** Both families' rules, whatever the host's own iptables is. */
async function rules(host: Host): Promise<string> {
  const saved = await host.run(["sh", "-c", "iptables-nft-save -t filter; ip6tables-nft-save -t filter"]);
  return saved.replace(/^#.*\n/gm, "").replace(/ \[\d+:\d+\]$/gm, "");
}

describe("hosts that are odd", () => {
  const { lab, stack } = useStack({ hosts: KINDS.length });
  let before: string[];

  beforeAll(async () => {
    await prepareHosts(
      lab,
      KINDS.map(({ prepare }) => prepare),
    );
    before = await Promise.all(lab.hosts.map(rules));
  });

  const declare = (kinds: readonly Kind[]) =>
    stack.declare(
      Object.fromEntries(
        kinds.map((kind) => {
          const host = lab.host(KINDS.indexOf(kind) + 1);
          return [host.name, kind.door(lab, host)];
        }),
      ),
    );

  test("doors are made, and what weakens them is said", async () => {
    await declare(ODD);
    const said = await stack.up();
    const doors = await stack.doors();
    expect(doors).toHaveLength(ODD.length);
    for (const [index, { name, warned = [] }] of ODD.entries()) {
      const door = doors.find(({ urn }) => urn.endsWith(`::h${index + 1}`));
      for (const warning of warned) {
        expect(door?.outputs?.warnings, name).toContain(warning);
        expect(said, name).toContain(`warning: ${warning}`);
      }
    }
    await stack.refresh("--expect-no-changes");
    expect(await stack.preview()).toMatch(/\d+ unchanged/);
  });

  test.each([1, 3])("on host %d the door opens and closes", async (number) => {
    const host = lab.host(number);
    const address = number === 1 ? host.ipv4 : host.ipv6;
    await expect.poll(() => isOpen(lab, address), { timeout: 10_000 }).toBe(false);
  });

  test("a second up has nothing to do, and destroy takes all of them away", async () => {
    expect(await stack.up()).not.toMatch(/updated/);
    await stack.destroy();
    expect(await Promise.all(lab.hosts.slice(0, ODD.length).map(rules))).toEqual(before.slice(0, ODD.length));
  });

  test("where a door cannot be made, or kept, the reason is said", async () => {
    await declare(REFUSED);
    const { stdout, stderr, code } = await stack.pulumi(
      "up",
      "--yes",
      "--skip-preview",
      "--continue-on-error",
    );
    expect(code).not.toBe(0);
    for (const { name, said } of REFUSED) expect(stdout + stderr, name).toContain(said);
    // Applied, and said again by each up, for as long as it is so.
    expect((await stack.doors()).map(({ urn }) => urn.split("::").at(-1))).toEqual([`h${ODD.length + 1}`]);
    const again = await stack.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
    expect(again.stdout + again.stderr).toContain(REFUSED[0]?.said);
    await stack.declare({});
    await stack.up();
    expect(await Promise.all(lab.hosts.slice(ODD.length).map(rules))).toEqual(before.slice(ODD.length));
  });
});

describe("a host whose firewall others change", () => {
  const { lab, stack, host } = useStack();
  const sh = (command: string) => host.run(["sh", "-ec", command]);

  beforeAll(async () => {
    await stack.declare({ ssh: sshDoor(lab, host) });
    await stack.up();
  });

  test("a jump above ours is no drift where it accepts nothing", async () => {
    await sh(`iptables -N f2b-sshd; iptables -A f2b-sshd -s 198.51.100.9 -j REJECT; iptables -A f2b-sshd -j RETURN
      iptables -I INPUT 1 -p tcp -m multiport --dports 22 -j f2b-sshd`);
    await stack.refresh("--expect-no-changes");
    expect(await stack.preview()).toMatch(/\d+ unchanged/);
  });

  test("where it accepts packets to the door it is, and up repairs it", async () => {
    await sh("iptables -I f2b-sshd 1 -s 198.51.100.10 -j ACCEPT");
    expect(await stack.refresh()).toContain(
      "missing (ipv4): -I INPUT 1 -m comment --comment portknock -j PORTKNOCK",
    );
    await stack.up();
    expect(await sh("iptables -S INPUT")).toMatch(
      /^-P INPUT ACCEPT\n-A INPUT -m comment --comment portknock -j PORTKNOCK\n-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd\n/,
    );
    await stack.refresh("--expect-no-changes");
    await sh(
      "iptables -D INPUT -p tcp -m multiport --dports 22 -j f2b-sshd; iptables -F f2b-sshd; iptables -X f2b-sshd",
    );
  });

  test("a table that nft makes unreadable: refresh and up are errors, and destroy does what it says", async () => {
    const held = await host.firewall();
    await sh("nft insert rule ip filter INPUT fib saddr type local counter");
    await stack.declare({ ssh: sshDoor(lab, host, { openForSeconds: 4 }) });
    for (const command of ["refresh", "up", "up"]) {
      const { stdout, stderr, code } = await stack.pulumi(command, "--yes", "--skip-preview");
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain(told("unreadableTable"));
      expect(stdout + stderr).toContain("Host's firewall: unchanged");
    }
    const native = `for h in $(nft -a list chain ip filter INPUT | sed -n 's/.*fib.*# handle //p'); do nft delete rule ip filter INPUT handle $h; done`;
    await sh(native);
    expect(await host.firewall()).toEqual(held);
    await sh("nft insert rule ip filter INPUT fib saddr type local counter");
    await stack.destroy();
    await sh(native);
    const left = await host.firewall();
    expect(left.ipv4 + left.ipv6).not.toMatch(/PORTKNOCK|PK-/);
    expect(await isOpen(lab, host.ipv4)).toBe(true);
  });
});
