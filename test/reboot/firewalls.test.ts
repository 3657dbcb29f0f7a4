import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { normaliseNft, withoutDoors } from "../lab/host";
import { makeStack, type Stack } from "../stack/stack";
import { sshDoor } from "../stack/world";
import { type MachineLab, type MachineOptions, startMachine } from "./machine";
import { expectDoor, traces } from "./world";

/** How an administrator sets another firewall service up, and what then takes rules away that are not its own. */
const SERVICES = {
  ufw: {
    setUp: "ufw allow 22/tcp && ufw --force enable && systemctl enable --now ufw",
    restarts: ["ufw reload", "systemctl restart ufw", "ufw disable && ufw --force enable"],
  },
  nftables: {
    setUp: "systemctl enable --now nftables",
    restarts: [
      "systemctl restart nftables",
      "systemctl reload nftables",
      "systemctl stop nftables && systemctl start nftables",
    ],
  },
  // It lets SSH in by default, as do all its zones but two.
  firewalld: {
    setUp: "systemctl enable --now firewalld",
    restarts: ["firewall-cmd --reload", "firewall-cmd --complete-reload", "systemctl restart firewalld"],
  },
  "netfilter-persistent": {
    setUp: `export DEBIAN_FRONTEND=noninteractive
      apt-get -q -y --no-download purge ufw && dpkg -i /opt/packed/*.deb &&
      printf '*filter\\n-A INPUT -p tcp --dport 9 -j DROP\\nCOMMIT\\n' >/etc/iptables/rules.v4 &&
      cp /etc/iptables/rules.v4 /etc/iptables/rules.v6 && systemctl restart netfilter-persistent`,
    restarts: ["systemctl restart netfilter-persistent"],
  },
} as const;

const CASES: readonly (MachineOptions & { service: keyof typeof SERVICES })[] = [
  { service: "ufw", release: "bookworm", variant: "nf_tables" },
  { service: "ufw", release: "bookworm", variant: "legacy" },
  { service: "ufw", release: "trixie", variant: "nf_tables" },
  { service: "nftables", release: "bookworm", variant: "nf_tables" },
  { service: "nftables", release: "trixie", variant: "nf_tables" },
  { service: "nftables", release: "trixie", variant: "nftables" },
  { service: "firewalld", release: "trixie", variant: "nf_tables" },
  { service: "firewalld", release: "trixie", variant: "nftables" },
  { service: "netfilter-persistent", release: "bookworm", variant: "legacy" },
  { service: "netfilter-persistent", release: "trixie", variant: "nf_tables" },
];

describe.each(CASES)("a door beside $service, on $release, variant $variant", (options) => {
  const { setUp, restarts } = SERVICES[options.service];
  let lab: MachineLab;
  let stack: Stack;
  let before: string;

  beforeAll(async () => {
    lab = await startMachine(options);
    stack = await makeStack(lab);
    await sh(setUp);
    before = await traces(lab.host());
    await stack.declare({ ssh: sshDoor(lab, lab.host()) });
    await stack.up();
  });
  afterAll(() => lab?.stop());

  const sh = (command: string) => lab.host().run(["sh", "-c", command]);

  /** nft lists tables in the order in which they were made, and firewalld makes its own anew when it reloads. */
  const firewall = async () => {
    const { ipv4, ipv6 } = await lab.host().firewall();
    return [ipv4, ipv6].map((listing) => listing.split(/^(?=table )/m).sort());
  };

  const isBackAfter = async (command: string) => {
    const held = await firewall();
    await sh(command);
    await expect.poll(firewall, { timeout: 10_000 }).toEqual(held);
    expect(await lab.host().run(["systemctl", "is-system-running", "--wait"])).toBe("running\n");
  };

  test.each(restarts)("is back after %s", async (command) => {
    await isBackAfter(command);
    await expectDoor(lab, stack);
  });

  test("is there after a reboot, and back after each of these", async () => {
    const held = await firewall();
    await lab.reboot();
    expect(await firewall()).toEqual(held);
    for (const command of restarts) await isBackAfter(command);
    await expectDoor(lab, stack);
    await stack.refresh("--expect-no-changes");
  });

  test("destroy leaves the service's rules, also for the next boot", async () => {
    await stack.destroy();
    expect(await traces(lab.host())).toBe(before);
    await lab.reboot();
    expect(await traces(lab.host())).toBe(before);
  });
});

test.each([
  { release: "bookworm", backend: "nftables" },
  { release: "trixie", backend: "iptables" },
] as const)(
  "firewalld of $release with its $backend backend flushes iptables unseen: such a door is refused, one in nftables stays",
  async (one) => {
    const lab = await startMachine({ release: one.release, variant: "nf_tables" });
    try {
      const stack = await makeStack(lab);
      const host = lab.host();
      const edit = `sed -i 's/^FirewallBackend=.*/FirewallBackend=${one.backend}/' /etc/firewalld/firewalld.conf`;
      await host.run(["sh", "-c", `${edit} && systemctl enable --now firewalld`]);
      await stack.declare({ ssh: sshDoor(lab, host, { backend: "iptables" }) });
      const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain("each reload of firewalld would take the door away unseen");
      expect(await host.run(["iptables-save"])).not.toContain("PORTKNOCK");

      await stack.declare({ ssh: sshDoor(lab, host) });
      await stack.up();
      const doors = async () => {
        const { ipv4, ipv6 } = normaliseNft(await host.run(["nft", "-s", "list", "ruleset"]));
        return `${ipv4}${ipv6}`.split(/^(?=table )/m).filter((table) => withoutDoors(table) === "");
      };
      await expectDoor(lab, stack);
      const held = await doors();
      expect(held).toHaveLength(2);
      for (const command of SERVICES.firewalld.restarts) {
        await host.run(["sh", "-c", command]);
        expect(await doors()).toEqual(held);
      }
      await expectDoor(lab, stack);
    } finally {
      await lab.stop();
    }
  },
);
