import { compile, lint, lintDoors, type PolicyArgs, renderDocument, trace } from "pulumi-portknock";
import { describe, expect, test } from "vitest";

/** What a user's own unit tests would say of their doors. */
describe("the functions for unit tests", () => {
  const ssh = {
    sequence: [
      { protocol: "tcp", port: 41_287 },
      { protocol: "udp", port: 23_911 },
      { protocol: "icmp", payloadBytes: 733 },
    ],
    door: [{ protocol: "tcp", ports: [22] }],
  } satisfies PolicyArgs;

  test("lint has no error", () => {
    expect(lint(ssh).filter(({ severity }) => severity === "error")).toEqual([]);
    expect(lint({ ...ssh, sequence: ssh.sequence.slice(0, 1) })[0]).toMatchObject({
      code: "linear-scan",
      severity: "error",
      path: "sequence",
    });
  });

  test("two doors of a host do not open one another", () => {
    const web = { ...ssh, door: [{ protocol: "tcp" as const, ports: [443] }] };
    const codes = lintDoors({ ssh, web }).map(({ code, path }) => `${code} ${path}`);
    expect(codes).toContain("opens-other-door web.sequence");
  });

  test("the right knocks open, the wrong ones do not", () => {
    const verdicts = (packets: string) => trace(ssh, packets).map(({ verdict }) => verdict);
    expect(verdicts("tcp/41287 udp/23911 icmp/733 tcp/22 +6s tcp/22").slice(3)).toEqual(["accept", "drop"]);
    expect(verdicts("tcp/41287 icmp/733 udp/23911 tcp/22").slice(3)).toEqual(["drop"]);
  });

  test("the rules are what iptables-restore takes", () => {
    expect(renderDocument(compile(ssh, "my door"), "ipv4")).toMatch(
      /^\*filter\n[\s\S]*--dport 22 -j DROP\n[\s\S]*COMMIT\n$/,
    );
  });

  test("a ruleset shows nothing of what is inside, and nothing else is one", () => {
    const ruleset = compile(ssh);
    expect(JSON.stringify(ruleset)).toBe("{}");
    expect(() => renderDocument({ ...ruleset }, "ipv4")).toThrow(/renderDocument takes what compile returns/);
  });

  test("a wrong policy is an error that names every wrong field, and no value", () => {
    const wrong = {
      ...ssh,
      sequence: [{ protocol: "tcp" as const, port: 70_001 }],
      openForSeconds: 70_002.5,
    };
    for (const ask of [compile, lint, (policy: PolicyArgs) => trace(policy, "tcp/22")]) {
      expect(() => ask(wrong)).toThrow(/^sequence\[0\]\.port: must be .*\nopenForSeconds: must be/);
      expect(() => ask(wrong)).not.toThrow(/7000/);
    }
  });
});
