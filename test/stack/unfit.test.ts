import { beforeAll, describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { lacksMatch, prepareHosts, sshDoor, traces } from "./world";

interface Kind {
  readonly name: string;
  /** Shell commands that make a lab host one of these. */
  readonly prepare: string;
  readonly said: string;
}

const BIN = "mkdir /root/bin; ln -s /usr/bin/* /root/bin/; ln -sf /usr/sbin/* /root/bin/";
const USE_BIN =
  "echo 'SetEnv PATH=/root/bin' >>/etc/ssh/sshd_config; printf 'PATH=/root/bin\\n' >/root/.bashrc";

/** Hosts on which no door can be made. */
const REFUSED: readonly Kind[] = [
  {
    name: "no flock",
    prepare: `${BIN}; rm /root/bin/flock; ${USE_BIN}`,
    said: "flock is missing: install util-linux",
  },
  {
    name: "no ip6tables-restore",
    prepare: `rm /etc/alternatives/ip6tables-restore`,
    said: "ip6tables-restore is missing: install iptables",
  },
  {
    name: "a match without its library",
    prepare: lacksMatch("recent"),
    said: "IPv6: iptables or the kernel lacks recent",
  },
  {
    name: "tools of different variants",
    prepare: "ln -sf /usr/sbin/iptables-legacy-save /etc/alternatives/iptables-save",
    said: "iptables-save and iptables-restore are of different variants: choose one",
  },
];

/** Hosts whose doors are weaker than they look. */
const WARNED: readonly Kind[] = [
  {
    name: "rules of both variants",
    prepare: "iptables-legacy -A INPUT -p tcp --dport 9 -j DROP",
    said: "both variants of iptables hold rules for IPv4: what the other one drops, no door of this one opens",
  },
  {
    name: "Docker's chains",
    prepare: "iptables -N DOCKER",
    said: "Docker publishes the ports of containers past INPUT: only a door whose chain is DOCKER-USER guards them (in nftables: FORWARD)",
  },
  {
    name: "small lists",
    prepare:
      "echo 10 >/root/slots; mount --bind /root/slots /sys/module/xt_recent/parameters/ip_list_tot 2>/dev/null",
    said: "xt_recent remembers 10 sources a list: so few spoofed knocks keep everyone out (ip_list_tot, default 100)",
  },
  {
    name: "ufw beside OpenRC",
    prepare: `${BIN}; printf '#!/bin/sh\\n' >/root/bin/rc-update; chmod 0755 /root/bin/rc-update; ${USE_BIN}
      mkdir -p /etc/ufw; echo ENABLED=yes >/etc/ufw/ufw.conf`,
    said: "a reload of ufw takes the doors away until the next boot, or the next refresh and up",
  },
  {
    name: "neither systemd nor OpenRC",
    prepare: "true",
    said: "neither systemd nor OpenRC: a reboot takes the doors away, until a refresh and an up put them back",
  },
];

const KINDS = [...WARNED, ...REFUSED];

describe("hosts that are not fit, or less than they look", () => {
  const { lab, stack } = useStack({ hosts: KINDS.length });
  let before: string[];

  beforeAll(async () => {
    await prepareHosts(
      lab,
      KINDS.map(({ prepare }) => prepare),
    );
    before = await Promise.all(lab.hosts.map(traces));
  });

  /** Doors on the first hosts. */
  const declare = (count: number) =>
    stack.declare(
      Object.fromEntries(
        lab.hosts
          .slice(0, count)
          .map((host, index) => [
            host.name,
            sshDoor(lab, host, index < WARNED.length ? {} : { backend: "iptables" }),
          ]),
      ),
    );

  test("doors are made, and what weakens them is in the log and the outputs", async () => {
    await declare(WARNED.length);
    const said = await stack.up();
    const doors = await stack.doors();
    for (const [index, { said: warning }] of WARNED.entries()) {
      expect(said).toContain(`warning: ${warning}`);
      const door = doors.find(({ urn }) => urn.endsWith(`::h${index + 1}`));
      expect(door?.outputs?.warnings).toContain(warning);
    }
    expect(await stack.preview()).toContain(`warning: ${WARNED[0]?.said}`);
    await stack.refresh("--expect-no-changes");
  });

  test("no door is made where it cannot be: the reason is said, and nothing is changed", async () => {
    await declare(KINDS.length);
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview", "--parallel", "16");
    expect(code).not.toBe(0);
    const said = stdout + stderr;
    for (const [index, { said: reason }] of REFUSED.entries()) {
      const host = lab.host(WARNED.length + index + 1);
      expect(said).toMatch(
        new RegExp(`${host.ipv4}, applying: ${literal(reason)}.* Host's firewall: unchanged\\.`),
      );
      expect(await traces(host)).toBe(before[WARNED.length + index]);
    }
    expect(await stack.doors()).toHaveLength(WARNED.length);
  });

  test("where only iptables lacks something, the door goes to nftables, and it is said why", async () => {
    const [, ...fit] = REFUSED;
    const hosts = lab.hosts.slice(-fit.length);
    await stack.declare(Object.fromEntries(hosts.map((host) => [host.name, sshDoor(lab, host)])));
    await stack.up();
    const doors = await stack.doors();
    for (const [index, { said }] of fit.entries()) {
      const door = doors.find(({ urn }) => urn.endsWith(`::${hosts[index]?.name}`));
      const { firewall, firewallReason } = (door?.outputs ?? {}) as Record<string, unknown>;
      expect(firewall).toBe("nftables");
      expect(firewallReason).toContain(said);
    }
  });
});

function literal(text: string): string {
  return text.replace(/[()]/g, "\\$&");
}
