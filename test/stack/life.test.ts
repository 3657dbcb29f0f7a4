import { beforeAll, describe, expect, test } from "vitest";
import type { Variant } from "../lab/lab";
import { deleteRule } from "../lab/nft";
import { useStack } from "./useStack";
import { isOpen, SshSession, sshDoor, traces } from "./world";

type Firewall = "iptables" | "nftables";

/** How a firewall writes the door of these tests, and what is done to it. */
interface Written {
  /** Rules that a preview shows. */
  readonly previewed: readonly RegExp[];
  /** The rule that closes the port. */
  readonly closes: RegExp;
  /** A rule of the host's own after those of the door, and how it goes again. */
  readonly foreign: { readonly add: string; readonly remove: string };
  /** Shell commands: one rule less and one more for IPv4; for IPv6 one at another place. */
  readonly drift: (chain: string) => readonly string[];
  /** What a refresh shows of that. */
  readonly shown: (chain: string) => readonly RegExp[];
  /** What a preview of the repair shows. */
  readonly repair: RegExp;
}

const WRITTEN: Readonly<Record<Firewall, Written>> = {
  iptables: {
    previewed: [
      /\[\d+\]: "-I INPUT 1 -m comment --comment portknock -j PORTKNOCK"\n/,
      /\[\d+\]: "-A PK-[0-9a-f]{10} -p tcp -m tcp --dport 22 -j DROP"\n/,
      /\[\d+\]: "-A PK-[0-9a-f]{10}-A -p tcp -m tcp --dport <knock 1> .*-j RETURN"\n/,
      /\[\d+\]: "-A PK-[0-9a-f]{10}-1 -p udp -m udp --dport <knock 2> .*-j RETURN"\n/,
      /\[\d+\]: "-A PK-[0-9a-f]{10}-2 -p icmp -m length --length <knock 3> .*-j RETURN"/,
    ],
    closes: /^-A PK-[0-9a-f]{10} -p tcp .*--dport 22 -j DROP$/,
    foreign: {
      add: "ip6tables -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
      remove: "ip6tables -D INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
    },
    drift: (chain) => [
      `iptables -D ${chain} -p tcp -m tcp --dport 22 -j DROP`,
      `iptables -A ${chain} -p tcp -m tcp --dport 5900 -j ACCEPT`,
      "ip6tables -D INPUT 1",
      "ip6tables -A INPUT -m comment --comment portknock -j PORTKNOCK",
    ],
    shown: (chain) => [
      new RegExp(`missing \\(ipv4\\): -A ${chain} -p tcp -m tcp --dport 22 -j DROP"`),
      new RegExp(`unexpected \\(ipv4\\): -A ${chain} -p tcp -m tcp --dport 5900 -j ACCEPT"`),
      /missing \(ipv6\): -I INPUT 1 -m comment --comment portknock -j PORTKNOCK"/,
      /unexpected \(ipv6\): -I INPUT [2-9] -m comment --comment portknock -j PORTKNOCK"/,
    ],
    repair: /~ \[\d+\]: "missing \(ipv4\): (-A .*)" => "\1"/,
  },
  nftables: {
    previewed: [
      /\[\d+\]: "add rule ip portknock input jump input-always"\n/,
      /\[\d+\]: "add element ip portknock input-tcp \{ 22 : goto PK-[0-9a-f]{10} \}"\n/,
      /\[\d+\]: "add rule ip portknock PK-[0-9a-f]{10} tcp dport 22 counter drop"\n/,
      /\[\d+\]: "add rule ip portknock PK-[0-9a-f]{10}-A tcp dport <knock 1> .* return"\n/,
      /\[\d+\]: "add rule ip portknock PK-[0-9a-f]{10}-1 udp dport <knock 2> .* return"\n/,
      /\[\d+\]: "add rule ip portknock PK-[0-9a-f]{10}-2 icmp type echo-request ip length <knock 3> .* return"/,
    ],
    closes: /^add rule ip portknock PK-[0-9a-f]{10} tcp dport 22 counter drop$/,
    foreign: {
      add: "nft add rule inet host input tcp dport 22 accept",
      remove: deleteRule("inet host input", "tcp dport 22 accept"),
    },
    drift: (chain) => [
      deleteRule(`ip portknock ${chain}`, "tcp dport 22 counter .* drop"),
      `nft add rule ip portknock ${chain} tcp dport 5900 accept`,
      deleteRule("ip6 portknock input", "jump input-always"),
      "nft insert rule ip6 portknock input jump input-always",
    ],
    shown: (chain) => [
      new RegExp(`missing \\(ipv4\\): add rule ip portknock ${chain} tcp dport 22 counter drop"`),
      new RegExp(`unexpected \\(ipv4\\): add rule ip portknock ${chain} tcp dport 5900 accept"`),
      /missing \(ipv6\): add rule ip6? portknock input jump input-always"/,
      /unexpected \(ipv6\): add rule ip6 portknock input jump input-always"/,
    ],
    repair: /~ \[\d+\]: "missing \(ipv4\): (add rule .*)" => "\1"/,
  },
};

interface Life {
  readonly variant: Variant;
  readonly by: "ipv4" | "ipv6";
  /** The door's `backend`; "auto" by leaving it out. */
  readonly asked: "auto" | Firewall;
  /** Which firewall a preview shows before a host was asked for the first time. */
  readonly previewed: Firewall;
  readonly firewall: Firewall;
}

const LIVES: readonly Life[] = [
  { variant: "nf_tables", by: "ipv4", asked: "auto", previewed: "iptables", firewall: "iptables" },
  { variant: "legacy", by: "ipv6", asked: "auto", previewed: "iptables", firewall: "iptables" },
  { variant: "nftables", by: "ipv4", asked: "auto", previewed: "iptables", firewall: "nftables" },
  { variant: "nftables", by: "ipv6", asked: "nftables", previewed: "nftables", firewall: "nftables" },
];

describe.each(LIVES)(
  "the life of a door, by $by, with backend $asked on a host of variant $variant",
  (life) => {
    const { variant, by, asked, firewall } = life;
    const { closes, foreign, drift, shown, repair } = WRITTEN[firewall];
    const { lab, stack, host } = useStack({ variant });
    let before: string;

    beforeAll(async () => {
      before = await traces(host);
      const connection = { host: host[by], privateKey: lab.privateKey };
      await stack.declare({
        ssh: sshDoor(lab, host, { connection, ...(asked !== "auto" && { backend: asked }) }),
      });
    });

    test("preview shows every rule, but of a knock only its place; the host is not touched", async () => {
      const preview = await stack.preview();
      for (const rule of WRITTEN[life.previewed].previewed) expect(preview).toMatch(rule);
      expect(preview).toMatch(/sequence +: \[secret\]/);
      expect(preview).not.toMatch(/7001|8001|\b121\b|\b149\b/);
      expect(await traces(host)).toBe(before);
    });

    test("up closes the port, and puts out the rules, how to knock, and the host's key", async () => {
      expect(await isOpen(lab, host.ipv4)).toBe(true);
      const printed = await stack.up();
      expect(printed).toMatch(/knockCommand: \[secret\]/);
      const { rules, knockCommand, hostKey } = await stack.outputs("ssh");
      expect(rules).toContainEqual(expect.stringMatching(closes));
      expect((await stack.doors())[0]?.outputs).toMatchObject({ firewall });
      expect(knockCommand).toBe(
        `npx --no portknock knock ${host[by]} --sequence tcp/7001,udp/8001,icmp/121 --port 22`,
      );
      expect(hostKey).toBe(host.hostKey);
      const areOpen = () => Promise.all([isOpen(lab, host.ipv4), isOpen(lab, host.ipv6)]);
      await expect.poll(areOpen, { timeout: 10_000 }).toEqual([false, false]);
    });

    test.each(["ipv4", "ipv6"] as const)(
      "over %s, a knock opens for seconds; sessions live on",
      async (family) => {
        const address = host[family];
        expect(await isOpen(lab, address)).toBe(false);
        const { knockCommand } = await stack.outputs("ssh");
        await stack.exec(["sh", "-c", knockCommand.replace(host[by], address)]);
        const session = new SshSession(lab, address);
        session.say("while it is open");
        await expect.poll(() => session.heard, { timeout: 10_000 }).toBe("while it is open\n");
        await expect.poll(() => isOpen(lab, address), { timeout: 10_000 }).toBe(false);
        session.say("after it has closed");
        await expect.poll(() => session.heard).toMatch(/after it has closed\n$/);
        session.end();
      },
    );

    test("another up, and a refresh, change nothing", async () => {
      const held = await host.firewall();
      await stack.up("--expect-no-changes");
      await stack.refresh("--expect-no-changes");
      expect(await host.firewall()).toEqual(held);
    });

    test("refresh shows drift rule by rule, and up repairs it", async () => {
      const sh = (command: string) => host.run(["sh", "-ec", command]);
      // A rule below the jump: the jump must not come after it.
      await sh(foreign.add);
      const held = await host.firewall();
      const [door] = await stack.doors();
      const chain = `PK-${door?.id}`;
      for (const command of drift(chain)) await sh(command);
      const drifted = await host.firewall();
      expect(drifted).not.toEqual(held);
      const refreshed = await stack.refresh();
      for (const line of shown(chain)) expect(refreshed).toMatch(line);
      expect(await host.firewall()).toEqual(drifted);
      expect(await stack.preview()).toMatch(repair);
      await stack.up();
      expect(await host.firewall()).toEqual(held);
      await stack.refresh("--expect-no-changes");
      await sh(foreign.remove);
    });

    test("destroy leaves the host as it was found", async () => {
      await stack.destroy();
      await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
      expect(Object.values(await host.firewall()).join("")).not.toMatch(/portknock|PK-|pk[46]-/i);
      expect(await isOpen(lab, host.ipv4)).toBe(true);
      expect(await stack.doors()).toEqual([]);
    });
  },
);
