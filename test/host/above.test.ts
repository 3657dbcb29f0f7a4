import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { scriptOnHost } from "../../provider/host/script";

/** What other tools put above our jump, and whether a door's packets may be accepted there. */
const CASES: Readonly<Record<string, { readonly rules: string; readonly place: 1 | 2 }>> = {
  nothing: { rules: "", place: 1 },
  fail2ban: {
    rules: `-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A f2b-sshd -s 198.51.100.7/32 -j REJECT --reject-with icmp-port-unreachable
-A f2b-sshd -j RETURN`,
    place: 1,
  },
  "fail2ban with someone let in": {
    rules: `-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A f2b-sshd -s 198.51.100.7/32 -j ACCEPT
-A f2b-sshd -j RETURN`,
    place: 2,
  },
  "tailscale without its own interface": {
    rules: `-A INPUT -j ts-input
-A ts-input -s 100.101.102.103/32 -i lo -j ACCEPT
-A ts-input -s 100.115.92.0/23 ! -i tailscale0 -j RETURN
-A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP`,
    place: 1,
  },
  "tailscale that accepts all of its interface": {
    rules: `-A INPUT -j ts-input
-A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP
-A ts-input -i tailscale0 -j ACCEPT
-A ts-input -p udp -m udp --dport 41641 -j ACCEPT`,
    place: 2,
  },
  libvirt: {
    rules: `-A INPUT -j LIBVIRT_INP
-A LIBVIRT_INP -i virbr0 -p udp -m udp --dport 53 -j ACCEPT
-A LIBVIRT_INP -i virbr0 -p tcp -m tcp --dport 67 -j ACCEPT`,
    place: 1,
  },
  "established flows": { rules: "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", place: 1 },
  "new flows as well": { rules: "-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT", place: 2 },
  "another protocol": { rules: "-A INPUT -p vrrp -j ACCEPT", place: 1 },
  "anything but another protocol": { rules: "-A INPUT ! -p vrrp -j ACCEPT", place: 2 },
  "another port": { rules: "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT", place: 1 },
  "all ports but one": { rules: "-A INPUT -p tcp -m tcp ! --dport 443 -j ACCEPT", place: 2 },
  "ports around the door's": { rules: "-A INPUT -p tcp -m multiport --dports 80,20:25 -j ACCEPT", place: 2 },
  "a knock's port": { rules: "-A INPUT -p udp -m udp --dport 8001 -j ACCEPT", place: 2 },
  "a knock's port of the other protocol": {
    rules: "-A INPUT -p tcp -m tcp --dport 8001 -j ACCEPT",
    place: 1,
  },
  "the port that answers come from": { rules: "-A INPUT -p tcp -m tcp --sport 443 -j ACCEPT", place: 2 },
  pings: { rules: "-A INPUT -p icmp -j ACCEPT", place: 2 },
  "a counter": { rules: "-A INPUT -p tcp -m tcp --dport 22", place: 1 },
  "a log, a mark and a drop": {
    rules: `-A INPUT -j LOG --log-prefix "-j ACCEPT "
-A INPUT -m comment --comment "x --dport 443 -i lo" -j MARK --set-xmark 0x1/0x1
-A INPUT -s 198.51.100.0/24 -j DROP`,
    place: 1,
  },
  "an accept whose comment says another port": {
    rules: '-A INPUT -p tcp -m comment --comment "see --dport 443 -i lo" -j ACCEPT',
    place: 2,
  },
  "an early return, to the policy": { rules: "-A INPUT -s 198.51.100.0/24 -j RETURN", place: 2 },
  "a goto, which ends with the policy": { rules: "-A INPUT -g deep\n-A deep -j DROP", place: 2 },
  "a queue": { rules: "-A INPUT -j NFQUEUE --queue-num 0", place: 2 },
  "a chain without rules": { rules: "-A INPUT -j empty", place: 1 },
  "an accept two chains down": { rules: "-A INPUT -j one\n-A one -j two\n-A two -j ACCEPT", place: 2 },
  "an accept that nothing jumps to": {
    rules: "-A INPUT -j one\n-A one -j RETURN\n-A two -j ACCEPT",
    place: 1,
  },
  "chains in a circle": { rules: "-A INPUT -j one\n-A one -j two\n-A two -j one", place: 2 },
};

const OURS = (more: string) => `-A PORTKNOCK${more} -m comment --comment "portknock a/b" -j PK-0123456789
-A PK-0123456789 -p tcp -m tcp --dport 22 -j DROP
-A PK-0123456789-1 -p udp -m udp --dport 8001 -j RETURN`;

/** A table as iptables-save prints it. */
function table(above: string, more = ""): string {
  const rules = [
    above,
    "-A INPUT -m comment --comment portknock -j PORTKNOCK",
    "-A INPUT -j ACCEPT",
    OURS(more),
  ]
    .join("\n")
    .split("\n")
    .filter((line) => line !== "");
  const chains = new Set(["INPUT", "empty", ...rules.map((rule) => rule.split(" ")[1])]);
  return ["*filter", ...[...chains].map((chain) => `:${chain} - [0:0]`), ...rules, "COMMIT", ""].join("\n");
}

/** Where our jump is, as the host's scripts count. */
function placeIn(saved: string, awk: string): string | undefined {
  const functions = scriptOnHost("boot", {}).replace(/\nmain\n$/, "");
  const shell = `awk() { ${awk} "$@"; }\n${functions}\nowned "$(cat)"\necho "$OWNED"\n`;
  const printed = execFileSync("sh", ["-c", shell], { input: saved, encoding: "utf8" });
  return /^-I INPUT (\d+) -m comment --comment portknock -j PORTKNOCK$/m.exec(printed)?.[1];
}

describe.each(["command awk", "busybox awk"])("what stands above our jump, by %s", (awk) => {
  test.each(Object.entries(CASES))("%s", (_name, { rules, place }) => {
    expect(placeIn(table(rules), awk)).toBe(String(place));
  });

  test("tailscale's interface is no door's where the doors are on another", () => {
    expect(placeIn(table("-A INPUT -i tailscale0 -j ACCEPT", " -i eth0"), awk)).toBe("1");
    expect(placeIn(table("-A INPUT -i eth0 -j ACCEPT", " -i eth0"), awk)).toBe("2");
    expect(placeIn(table("-A INPUT -i eth1 -j ACCEPT", " -i eth+"), awk)).toBe("2");
    expect(placeIn(table("-A INPUT -i eth+ -j ACCEPT", " -i eth0"), awk)).toBe("2");
    expect(placeIn(table("-A INPUT ! -i tailscale0 -j ACCEPT", " -i eth0"), awk)).toBe("2");
  });

  test("25,000 rules of someone else's are read in seconds", () => {
    const many = Array.from(
      { length: 25_000 },
      (_, i) => `-A f2b-sshd -s 10.${i >> 8}.${i & 255}.1/32 -j REJECT`,
    );
    const started = performance.now();
    expect(placeIn(table(["-A INPUT -p tcp -j f2b-sshd", ...many].join("\n")), awk)).toBe("1");
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
