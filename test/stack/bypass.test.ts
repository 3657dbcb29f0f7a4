import { afterEach, describe, expect, test } from "vitest";
import type { Lab } from "../lab/lab";
import { type Situation, told } from "../situations";
import { useStack } from "./useStack";
import { connection, isOpen, sshDoor, webDoor } from "./world";

const PORT = 443;
const REDIRECT = `-A PREROUTING -p tcp -m tcp --dport ${PORT} -j REDIRECT --to-ports 8080`;
const NATIVE = [
  "nft add table ip mine",
  'nft "add chain ip mine pre { type nat hook prerouting priority -100; }"',
  `nft "add rule ip mine pre tcp dport { 80, ${PORT} } redirect to :8080"`,
];

/** Someone's rules that lead past a door, and what is said of them. */
const CASES: readonly {
  readonly name: string;
  readonly family?: 4 | 6;
  readonly rules: (lab: Lab) => readonly string[];
  readonly said: (lab: Lab) => readonly [Situation, Readonly<Record<string, string | number>>];
}[] = [
  {
    name: "REDIRECT to another port",
    rules: () => [`iptables -t nat ${REDIRECT}`],
    said: () => ["NAT gives packets another port", { seen: 8080, rule: REDIRECT.slice(3) }],
  },
  {
    name: "REDIRECT over IPv6",
    family: 6,
    rules: () => [`ip6tables -t nat ${REDIRECT}`],
    said: () => ["NAT gives packets another port", { seen: 8080, rule: REDIRECT.slice(3) }],
  },
  {
    name: "DNAT to another machine, in a chain as Docker has it",
    rules: (lab) => [
      "echo 1 >/proc/sys/net/ipv4/ip_forward",
      "iptables -t nat -N PUBLISHED",
      "iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j PUBLISHED",
      `iptables -t nat -A PUBLISHED -p tcp -m tcp --dport ${PORT} -j DNAT --to-destination ${lab.host(2).ipv4}:8080`,
      "iptables -t nat -A POSTROUTING -j MASQUERADE",
    ],
    said: (lab) => [
      "NAT sends packets elsewhere",
      {
        rule: `PUBLISHED -p tcp -m tcp --dport ${PORT} -j DNAT --to-destination ${lab.host(2).ipv4}:8080`,
      },
    ],
  },
  {
    name: "a redirect of nft's own, of a set of ports",
    rules: () => NATIVE,
    said: () => [
      "NAT gives packets another port",
      { seen: 8080, rule: `pre: tcp dport { 80, ${PORT} } redirect to :8080` },
    ],
  },
  {
    name: "REDIRECT in a table that iptables cannot show",
    rules: () => [
      `iptables -t nat ${REDIRECT}`,
      "nft add rule ip nat PREROUTING fib saddr type local counter",
    ],
    said: () => [
      "NAT gives packets another port",
      { seen: 8080, rule: `PREROUTING: tcp dport ${PORT} redirect to :8080` },
    ],
  },
];

describe("a port that stays open though its door is loaded", () => {
  const { lab, stack, host } = useStack({ hosts: 2 });

  afterEach(async () => {
    await run(["iptables -t nat -F", "iptables -t nat -X", "nft flush ruleset"]);
    await stack.must("cancel", "--yes");
    await stack.refresh();
    await stack.destroy();
  });

  const doorAt = (address: string, more: Readonly<Record<string, unknown>> = {}) =>
    webDoor(lab, host, {
      connection: connection(lab, host, { host: address, dialErrorLimit: 2 }),
      door: [{ protocol: "tcp", ports: [PORT] }],
      ...more,
    });
  const run = (commands: readonly string[]) => host.run(["sh", "-ec", commands.join("\n")]);
  async function refused(): Promise<string> {
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code, stdout).not.toBe(0);
    return stdout + stderr;
  }

  test.each(CASES)("$name: the door is taken back, and the rule is named", async (one) => {
    const family = one.family ?? 4;
    await run(one.rules(lab));
    await stack.declare({ web: doorAt(family === 4 ? host.ipv4 : host.ipv6) });
    const [situation, values] = one.said(lab);
    const nat = told(situation, { port: PORT, family, ...values });
    const address = family === 4 ? host.ipv4 : host.ipv6;
    expect(await refused()).toContain(
      told("port open without a knock, by NAT", { host: address, port: PORT, nat }),
    );
    expect(await stack.doors()).toEqual([]);
    await expect
      .poll(async () => (await host.firewall()).ipv4, { timeout: 10_000 })
      .not.toContain("PORTKNOCK");
  });

  test("NAT that comes later: refresh finds it, each preview says it, and the state tells of it", async () => {
    const rule = REDIRECT.slice(3);
    const said = told("NAT gives packets another port", { port: PORT, family: 4, seen: 8080, rule });
    await stack.declare({ web: doorAt(host.ipv4) });
    expect(await stack.up()).not.toContain("NAT may");
    await run([`iptables -t nat ${REDIRECT}`]);
    await stack.refresh();
    expect((await stack.doors())[0]?.outputs?.warnings).toContain(said);
    expect(await stack.preview()).toContain(said);
    // Where a door guards the port that INPUT sees, all is well again.
    await stack.declare({
      web: doorAt(host.ipv4, { door: [{ protocol: "tcp", ports: [PORT, 8080] }] }),
    });
    await stack.up();
    expect((await stack.doors())[0]?.outputs?.warnings).toEqual([
      expect.stringContaining("neither systemd nor OpenRC"),
    ]);
    await expect.poll(() => isOpen(lab, host.ipv4, PORT), { timeout: 10_000 }).toBe(false);
    await stack.destroy();
  });

  test("nothing can be probed where this side needs no knock: the host's NAT rules are told all the same", async () => {
    await run([`iptables -t nat ${REDIRECT}`]);
    const rule = REDIRECT.slice(3);
    const said = told("NAT gives packets another port", { port: PORT, family: 4, seen: 8080, rule });
    await stack.declare({ web: doorAt(host.ipv4, { allowFrom: ["192.0.2.0/24"] }) });
    expect(await stack.up()).toContain(said);
    await stack.destroy();
  });

  test("ports that are shifted without NAT: the door is taken back, and other causes are named", async () => {
    await run([
      "nft add table ip shift",
      "nft 'add chain ip shift pre { type filter hook prerouting priority -301; }'",
      "nft 'add chain ip shift post { type filter hook postrouting priority 301; }'",
      `nft add rule ip shift pre tcp dport ${PORT} tcp dport set 8080`,
      `nft add rule ip shift post tcp sport 8080 tcp sport set ${PORT}`,
    ]);
    await stack.declare({ web: doorAt(host.ipv4) });
    expect(await refused()).toContain(
      told("port open without a knock, for no reason that the host tells", { host: host.ipv4, port: PORT }),
    );
    expect(await stack.doors()).toEqual([]);
  });

  test("an ACCEPT that another tool puts above the jump is drift, and up puts the door first again", async () => {
    await stack.declare({ web: doorAt(host.ipv4, { door: [{ protocol: "tcp", ports: [8080] }] }) });
    await stack.up();
    await run(["iptables -I INPUT -p tcp --dport 8080 -j ACCEPT"]);
    expect(await isOpen(lab, host.ipv4, 8080)).toBe(true);
    expect(await stack.refresh()).toMatch(/-I INPUT 2/);
    await stack.up();
    await expect.poll(() => isOpen(lab, host.ipv4, 8080), { timeout: 10_000 }).toBe(false);
  });

  test("someone behind our address was granted meanwhile: it is looked at once more, and the door is good", async () => {
    // As long as nobody can log in, the grant is given again and again; then it is for us to take back.
    const granting = `
      until [ -d /run/portknock/pending ]; do :; done
      kill -STOP "$(cat /run/sshd.pid)"
      sleep 4 &
      while kill -0 $!; do
        for list in /proc/net/xt_recent/pk4-*-open; do
          [ ! -e "$list" ] || { echo +${lab.controller.ipv4} >"$list" && granted=yes; }
        done
      done 2>/dev/null
      kill -CONT "$(cat /run/sshd.pid)"
      echo "granted: $granted"`;
    const granted = host.run(["sh", "-c", granting]);
    await stack.declare({
      web: doorAt(host.ipv4, { door: [{ protocol: "tcp", ports: [8080] }], openForSeconds: 600 }),
    });
    await stack.up();
    expect(await granted).toBe("granted: yes\n");
    expect((await stack.doors())[0]?.outputs?.verified).toEqual({
      closedBeforeKnock: true,
      openAfterKnock: true,
    });
  });

  test("SSH on 2222, redirected to 22, which the door guards: what opens it is said", async () => {
    const rule = "PREROUTING -p tcp -m tcp --dport 2222 -j REDIRECT --to-ports 22";
    await run([`iptables -t nat -A ${rule}`]);
    const connect = { host: host.ipv4, privateKey: lab.privateKey, port: 2222, dialErrorLimit: 2 };
    const door = sshDoor(lab, host, { connection: connect });
    await stack.declare({ ssh: door });
    const said = await refused();
    expect(said).toContain(
      told("NAT brings another port to the door", { port: 2222, family: 4, seen: 22, rule }),
    );
    expect(said).toContain("Host's firewall: rolled back");
    await stack.declare({ ssh: { ...door, connection: { ...connect, knock: door.sequence } } });
    await stack.up();
    await stack.declare({});
    await stack.up();
  });

  test("a state of before that knows an open door warns in each preview", async () => {
    await stack.declare({ web: doorAt(host.ipv4, { door: [{ protocol: "tcp", ports: [8080] }] }) });
    await stack.up();
    const state = await stack.export("--show-secrets");
    const text = JSON.stringify(state).replace('"closedBeforeKnock":true', '"closedBeforeKnock":false');
    const imported = await stack.exec(["pulumi", "stack", "import", "--non-interactive"], { input: text });
    expect(imported.code, imported.stderr).toBe(0);
    expect(await stack.preview()).toContain(
      told("a door of an older state that was not seen closed", { name: "web" }),
    );
    const [door] = await stack.doors();
    expect(await stack.up("--replace", String(door?.urn))).not.toContain("not seen closed before");
    await stack.destroy();
  });
});
