import { beforeAll, describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { isOpen, SshSession, sshDoor, traces } from "./world";

describe.each([
  { variant: "nf_tables", by: "ipv4" },
  { variant: "legacy", by: "ipv6" },
] as const)("the life of a door, by $by, with iptables of variant $variant", ({ variant, by }) => {
  const { lab, stack, host } = useStack({ variant });
  let before: string;

  beforeAll(async () => {
    before = await traces(host);
    const connection = { host: host[by], privateKey: lab.privateKey };
    await stack.declare({ ssh: sshDoor(lab, host, { connection }) });
  });

  test("preview shows every rule, but of a knock only its place; the host is not touched", async () => {
    const shown = await stack.preview();
    expect(shown).toMatch(/\[\d+\]: "-I INPUT 1 -m comment --comment portknock -j PORTKNOCK"\n/);
    expect(shown).toMatch(/\[\d+\]: "-A PK-[0-9a-f]{10} -p tcp -m tcp --dport 22 -j DROP"\n/);
    expect(shown).toMatch(/\[\d+\]: "-A PK-[0-9a-f]{10}-A -p tcp -m tcp --dport <knock 1> .*-j RETURN"\n/);
    expect(shown).toMatch(/\[\d+\]: "-A PK-[0-9a-f]{10}-1 -p udp -m udp --dport <knock 2> .*-j RETURN"\n/);
    expect(shown).toMatch(/\[\d+\]: "-A PK-[0-9a-f]{10}-2 -p icmp -m length --length <knock 3> .*-j RETURN"/);
    expect(shown).toMatch(/sequence +: \[secret\]/);
    expect(shown).not.toMatch(/7001|8001|\b121\b|\b149\b/);
    expect(await traces(host)).toBe(before);
  });

  test("up closes the port, and puts out the rules, how to knock, and the host's key", async () => {
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    const printed = await stack.up();
    expect(printed).toMatch(/knockCommand: \[secret\]/);
    const { rules, knockCommand, hostKey } = await stack.outputs("ssh");
    expect(rules).toContainEqual(expect.stringMatching(/^-A PK-[0-9a-f]{10} -p tcp .*--dport 22 -j DROP$/));
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
    // A rule below the jump: the jump must not come after it.
    const accept = "INPUT -p tcp -m tcp --dport 22 -j ACCEPT".split(" ");
    await host.run(["ip6tables", "-A", ...accept]);
    const held = await host.firewall();
    const [door] = await stack.doors();
    const chain = `PK-${door?.id}`;
    for (const command of [
      `iptables -D ${chain} -p tcp -m tcp --dport 22 -j DROP`,
      `iptables -A ${chain} -p tcp -m tcp --dport 5900 -j ACCEPT`,
      `ip6tables -D INPUT 1`,
      `ip6tables -A INPUT -m comment --comment portknock -j PORTKNOCK`,
    ]) {
      await host.run(command.split(" "));
    }
    const drifted = await host.firewall();
    const shown = await stack.refresh();
    expect(shown).toContain(`missing (ipv4): -A ${chain} -p tcp -m tcp --dport 22 -j DROP`);
    expect(shown).toContain(`unexpected (ipv4): -A ${chain} -p tcp -m tcp --dport 5900 -j ACCEPT`);
    expect(shown).toContain("missing (ipv6): -I INPUT 1 -m comment --comment portknock -j PORTKNOCK");
    expect(shown).toMatch(/unexpected \(ipv6\): -I INPUT [2-9] -m comment --comment portknock -j PORTKNOCK/);
    expect(await host.firewall()).toEqual(drifted);
    const preview = await stack.preview();
    expect(preview).toMatch(/~ \[\d+\]: "missing \(ipv4\): (-A .*)" => "\1"/);
    await stack.up();
    expect(await host.firewall()).toEqual(held);
    await stack.refresh("--expect-no-changes");
    await host.run(["ip6tables", "-D", ...accept]);
  });

  test("destroy leaves the host as it was found", async () => {
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    expect(await stack.doors()).toEqual([]);
  });
});
