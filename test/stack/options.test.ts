import { describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { isOpen, sshDoor, traces, webDoor } from "./world";

/** What an option changes for the host's scripts: other chains, one family, a door that answers. */
describe("doors with options", () => {
  const { lab, stack, host } = useStack();

  const sequence = [
    { protocol: "udp", port: 8201 },
    { protocol: "tcp", port: 7201 },
  ];
  const behind = (chain: string) =>
    webDoor(lab, host, {
      sequence,
      chain,
      interface: "eth0",
      door: [{ protocol: "tcp", ports: [8080, "9000-9010"] }],
    });

  test("a door in a chain that does not exist is refused, and the host is not changed", async () => {
    const before = await traces(host);
    await stack.declare({ docker: behind("DOCKER-USER") });
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("IPv4 has no chain DOCKER-USER: start Docker");
    expect(stdout + stderr).toContain("Host's firewall: unchanged");
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
    await stack.destroy();
  });

  test("doors in INPUT, FORWARD and DOCKER-USER stand beside each other, and go without a trace", async () => {
    for (const tool of ["iptables", "ip6tables"])
      await host.run(["sh", "-c", `${tool} -N DOCKER-USER; ${tool} -A DOCKER-USER -j RETURN`]);
    const before = await traces(host);
    const everything = {
      ...{ closedResponse: "reset", grantVerdict: "return", grantPrefix: { ipv6: 64 }, extend: true },
      ...{
        lockout: { wrongKnocks: 9, withinSeconds: 60, forSeconds: 60 },
        log: {},
        denyFrom: ["203.0.113.0/24"],
      },
      ...{ allowFrom: ["2001:db8:ffff::/48"], rateLimit: { connectionsPerMinute: 60 } },
    };
    const ssh = sshDoor(lab, host, { lockout: everything.lockout });
    const web = webDoor(lab, host, { ...everything, allowFrom: [], families: ["ipv4"] });
    const routed = webDoor(lab, host, { ...behind("FORWARD"), door: [{ protocol: "tcp", ports: [443] }] });
    await stack.declare({ ssh, web, routed, docker: { ...behind("DOCKER-USER"), ...everything } });
    await stack.up();
    await stack.refresh("--expect-no-changes");
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.knock("ssh");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    const { ipv6 } = await host.firewall();
    expect(ipv6).toContain("PORTKNOCK-DOCKER-USER");
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
  });

  test("a door for IPv6 alone is stored, and removed to the last trace", async () => {
    const before = await traces(host);
    await stack.declare({ web: webDoor(lab, host, { families: ["ipv6"], closedResponse: "reset" }) });
    const shown = await stack.preview();
    expect(shown).toContain("--reject-with tcp-reset");
    expect(shown).toContain("pk6-");
    await stack.up();
    expect(await isOpen(lab, host.ipv4, 8080)).toBe(true);
    expect(await isOpen(lab, host.ipv6, 8080)).toBe(false);
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
  });
});
