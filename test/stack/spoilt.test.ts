import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { answerLimits } from "../../provider/host/answerLimits";
import type { ScriptName } from "../../provider/host/protocol";
import { hostFile, script } from "../../provider/host/script";
import type { PolicyArgs } from "../../provider/policy/types";
import { identify } from "../../provider/rules/identity";
import { type Firewall, type Host, type Lab, startLab } from "../lab/lab";
import { Scripts } from "./onHost";

const POLICY: PolicyArgs = {
  sequence: [
    { protocol: "tcp", port: 7001 },
    { protocol: "udp", port: 8001 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
};
const IPV4: PolicyArgs = { ...POLICY, families: ["ipv4"] };
const RULES = "/etc/portknock/rules";
const LOCK = "/run/portknock.lock";
const TOOLS = ["iptables", "iptables-save", "iptables-restore"].flatMap((tool) => [
  tool,
  tool.replace("ip", "ip6"),
]);

describe("a host on which something of ours, or of iptables, is not as it should be", () => {
  let lab: Lab;
  let host: Host;
  let bare: Firewall;
  const sh = (command: string) => host.run(["sh", "-ec", command]);
  /** Has a tool of iptables do something else. */
  const replace = (tool: string, text: string) =>
    sh(
      `printf '#!/bin/sh\n%s\n' '${text}' >/etc/tool; chmod 0755 /etc/tool; ln -sf /etc/tool /etc/alternatives/${tool}`,
    );
  const use = (variant: "nft" | "legacy") =>
    sh(
      TOOLS.map(
        (tool) => `ln -sf /usr/sbin/${tool.replace(/tables/, `tables-${variant}`)} /etc/alternatives/${tool}`,
      ).join("; "),
    );
  const remove = () => host.exec(["sh", "-s"], { input: hostFile("remove.sh") });
  /** What a script prints, for the door of {@link Scripts}. */
  const said = async (name: ScriptName) => {
    const input = script(name, { NONCE: "n", ID: identify("door", host.ipv4).id });
    return (await host.exec(["sh", "-s"], { input })).stdout.split("\n");
  };
  async function make(policy: PolicyArgs): Promise<Scripts> {
    const door = new Scripts(host, policy);
    expect((await door.apply()).error).toBeUndefined();
    expect((await door.confirm()).error).toBeUndefined();
    return door;
  }

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    bare = await host.firewall();
  });
  afterAll(() => lab?.stop());
  afterEach(async () => {
    await use("nft");
    await remove();
    expect(await host.firewall()).toEqual(bare);
  });

  test.each([
    ["missing", `rm ${RULES}`],
    ["empty", `: >${RULES}`],
    ["a folder", `rm ${RULES}; mkdir ${RULES}`],
    ["cut off before its door", `sed -i 1q ${RULES}`],
  ])("what is stored is %s: the loader takes no door away", async (_, spoil) => {
    await make(POLICY);
    // So that what is held is not what was stored.
    await sh("iptables -I INPUT -p tcp -j ACCEPT");
    const before = await host.firewall();
    await sh(spoil);
    expect((await host.exec(["sh", "/etc/portknock/load.sh"])).code).not.toBe(0);
    expect(await host.firewall()).toEqual(before);
    await sh("iptables -D INPUT -p tcp -j ACCEPT");
  });

  test.each([
    ["cannot restore", () => replace("ip6tables-restore", "exit 1")],
    [
      "is of two variants",
      () => sh("ln -sf /usr/sbin/ip6tables-legacy-save /etc/alternatives/ip6tables-save"),
    ],
  ])("a door for IPv4 alone, where ip6tables %s", async (_, spoil) => {
    await spoil();
    const door = await make(IPV4);
    const { ipv4 } = await host.firewall();
    await sh("iptables -D INPUT -m comment --comment portknock -j PORTKNOCK");
    expect((await host.exec(["sh", "/etc/portknock/load.sh"])).code).toBe(0);
    expect((await host.firewall()).ipv4).toBe(ipv4);
    expect((await door.takeAway()).error).toBeUndefined();
    expect((await door.abort()).outcome).toBe("rolled back");
    expect((await host.firewall()).ipv4).toBe(ipv4);
    expect((await door.takeAway()).error).toBeUndefined();
    expect((await door.confirm()).error).toBeUndefined();
    expect((await host.firewall()).ipv4).toBe(bare.ipv4);
  });

  test("a door for IPv4 alone, where ip6tables can neither read nor restore: the loader leaves it alone", async () => {
    await make(IPV4);
    const { ipv4 } = await host.firewall();
    await sh("iptables -D INPUT -m comment --comment portknock -j PORTKNOCK");
    // All lists are made anew then, and what is held is not looked at before.
    await sh("chmod go+r /proc/net/xt_recent/pk4-*");
    for (const tool of ["ip6tables-save", "ip6tables-restore"]) await replace(tool, "exit 1");
    expect((await host.exec(["sh", "/etc/portknock/load.sh"])).code).toBe(0);
    await use("nft");
    expect((await host.firewall()).ipv4).toBe(ipv4);
  });

  test("a first door for IPv4 alone, where ip6tables cannot be read: what leads past it is seen", async () => {
    await replace("ip6tables-save", "exit 1");
    await sh("iptables -t nat -I PREROUTING -p tcp --dport 22 -j REDIRECT --to-ports 2222");
    const door = new Scripts(host, IPV4);
    expect((await door.apply()).error).toBeUndefined();
    expect(await said("recheck")).toContainEqual(
      expect.stringMatching(/^diverted NAT may take tcp\/22 past/),
    );
    expect((await door.abort()).outcome).toBe("rolled back");
    await sh("iptables -t nat -D PREROUTING 1");
  });

  test("a change that an earlier release has left, which noted less: no rollback is claimed", async () => {
    const door = new Scripts(host, POLICY);
    await door.apply();
    await sh("rm /run/portknock/pending/loaded?; nft add rule ip filter INPUT fib saddr type local counter");
    expect((await door.abort()).error?.text).toBe("the rules could not be taken back");
    await sh(
      "nft delete rule ip filter INPUT handle $(nft -a list chain ip filter INPUT | sed -n 's/.*fib.*# handle //p')",
    );
    expect((await door.abort()).outcome).toBe("rolled back");
    expect(await host.firewall()).toEqual(bare);
  });

  test("a NAT rule of any length: the answer stays within its limits", async () => {
    await make(POLICY);
    const map = Array.from({ length: 400 }, (_, index) => `${5000 + index} : 192.0.2.99 . ${5000 + index}`);
    await sh(
      `nft add table ip own; nft 'add chain ip own pre { type nat hook prerouting priority -100; }'
      nft 'add rule ip own pre tcp dport { 22, 5000-5399 } dnat ip to tcp dport map { 22 : 192.0.2.99 . 22, ${map.join(", ")} }'`,
    );
    const lines = await said("observe");
    await sh("nft delete table ip own");
    expect(lines).toContainEqual(expect.stringMatching(/^warning NAT may take tcp\/22 past the door/));
    expect(lines.filter((line) => line.length > answerLimits.lineBytes)).toEqual([]);
    expect(lines.filter((line) => line.split(" ").length > answerLimits.words)).toEqual([]);
  });

  describe("taken off from the console", () => {
    test.each([
      ["a folder", `mkdir -p ${LOCK}/x`],
      ["a pipe", `mkfifo ${LOCK}`],
      ["a link to nowhere", `ln -s /nowhere/at/all ${LOCK}`],
    ])("where the lock is %s", async (_, spoil) => {
      await make(POLICY);
      await sh(`rm -f ${LOCK}; ${spoil}`);
      expect(await remove()).toMatchObject({ code: 0, stderr: "" });
      expect(await host.firewall()).toEqual(bare);
    });

    test("where iptables is gone: no claim that the doors are", async () => {
      await make(POLICY);
      await sh("rm /etc/alternatives/iptables");
      expect(await remove()).toMatchObject({
        code: 1,
        stdout: "",
        stderr: "portknock: iptables is missing: the doors for IPv4 may be there\n",
      });
    });

    test("where the host has taken to the other variant since", async () => {
      await use("legacy");
      await make(POLICY);
      await use("nft");
      expect(await remove()).toMatchObject({ code: 0, stderr: "" });
      const left = await sh("iptables-legacy-save -t filter; ip6tables-legacy-save -t filter");
      expect(left).not.toMatch(/PORTKNOCK|PK-/);
    });
  });
});
