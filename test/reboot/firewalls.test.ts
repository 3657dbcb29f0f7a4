import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../lab/lab";
import { makeStack, type Stack } from "../stack/stack";
import { sshDoor } from "../stack/world";
import { type MachineLab, startMachine } from "./machine";
import { expectDoor, FLAVOURS, traces } from "./world";

/** Another firewall service of the machine: how an administrator sets it up, and what then takes rules away. */
interface Service {
  name: string;
  setUp: string;
  restarts: readonly string[];
}

const SERVICES: readonly Service[] = [
  {
    name: "ufw",
    setUp: "ufw allow 22/tcp && ufw --force enable && systemctl enable --now ufw",
    restarts: ["ufw reload", "systemctl restart ufw", "ufw disable && ufw --force enable"],
  },
  {
    name: "nftables",
    setUp: "systemctl enable --now nftables",
    restarts: [
      "systemctl restart nftables",
      "systemctl reload nftables",
      "systemctl stop nftables && systemctl start nftables",
    ],
  },
  {
    name: "netfilter-persistent",
    setUp: `apt-get -q -y --no-download purge ufw && dpkg -i /opt/packed/*.deb &&
      printf '*filter\\n-A INPUT -p tcp --dport 9 -j DROP\\nCOMMIT\\n' >/etc/iptables/rules.v4 &&
      cp /etc/iptables/rules.v4 /etc/iptables/rules.v6 && systemctl restart netfilter-persistent`,
    restarts: ["systemctl restart netfilter-persistent"],
  },
];

const sh = (host: Host, command: string) =>
  host.run(["sh", "-c", `{ ${command}; } 2>&1`.replace("{ ", "export DEBIAN_FRONTEND=noninteractive; { ")]);

describe.each(
  FLAVOURS.flatMap((flavour) =>
    SERVICES.map((service) => ({ ...flavour, service: service.name, ...service })),
  ),
)(
  "a door beside $service, on $release with iptables of variant $variant",
  ({ release, variant, setUp, restarts }) => {
    let lab: MachineLab;
    let stack: Stack;
    let before: string;

    beforeAll(async () => {
      lab = await startMachine({ release, variant });
      stack = await makeStack(lab);
      await sh(lab.host(), setUp);
      before = await traces(lab.host());
      await stack.declare({ ssh: sshDoor(lab, lab.host()) });
      await stack.up();
    });
    afterAll(async () => {
      await lab?.stop();
    });

    describe.each(["before the first reboot", "after a reboot"])("%s", (when) => {
      beforeAll(async () => {
        if (when === "after a reboot") await lab.reboot();
      });

      test.each(restarts)("is back after `%s`", async (restart) => {
        const host = lab.host();
        const held = await host.firewall();
        await sh(host, restart);
        await expect.poll(() => host.firewall(), { timeout: 10_000 }).toEqual(held);
        await expectDoor(lab, stack);
        await stack.refresh("--expect-no-changes");
        expect(await host.run(["systemctl", "is-system-running"])).toBe("running\n");
      });
    });

    test("destroy leaves the other service's rules", async () => {
      await stack.destroy();
      expect(await traces(lab.host())).toBe(before);
      await lab.reboot();
      expect(await traces(lab.host())).toBe(before);
    });
  },
);
