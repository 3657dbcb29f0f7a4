import { describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { sshDoor, traces } from "./world";

describe("wrong inputs", () => {
  const { lab, stack, host } = useStack();

  /** Counters of every packet for the host itself, both families; any connection or knock would show. */
  async function packets(): Promise<string> {
    const counters = await host.run(["sh", "-c", "cat /proc/net/snmp /proc/net/snmp6"]);
    return counters
      .split("\n")
      .filter((line) => /^(Tcp|Udp|Icmp):|^(Udp6|Icmp6InEchos)/.test(line))
      .join("\n");
  }

  /** What a command says that must fail without a packet to the host, and the paths of the inputs that it names. */
  async function wrong(...command: string[]): Promise<{ said: string; paths: string[] }> {
    const before = [await packets(), await traces(host)];
    const { stdout, stderr, code } = await stack.pulumi(...command);
    expect(code).not.toBe(0);
    expect([await packets(), await traces(host)]).toEqual(before);
    const said = stdout + stderr;
    const paths = [...said.matchAll(/resource 'wrong' has a problem: ([^ :]+): /g)].map(
      ([, path = ""]) => path,
    );
    return { said, paths: [...new Set(paths)].sort() };
  }

  test.each(["preview", "up --yes --skip-preview"])("%s names all fields that are", async (command) => {
    await stack.declare({
      wrong: {
        connection: { host: host.ipv4, port: 0, hostKey: "nokey", colour: "red", privateKey: "MARKED" },
        sequence: [
          { protocol: "tcp", port: 65_536 },
          { protocol: "sctp", port: 61_873 },
          { protocol: "icmp", payloadBytes: -1 },
        ],
        door: [{ protocol: "tcp", ports: ["22-21"] }],
        ignore: [{ protocol: "tcp", ports: [] }],
        openForSeconds: 0,
        stepTimeoutSeconds: 1.5,
        rollbackAfterSeconds: 14,
        password: "MARKED",
      },
    });
    const { said, paths } = await wrong(...command.split(" "));
    expect(paths).toEqual([
      "connection",
      "connection.hostKey",
      "connection.port",
      "connection.privateKey",
      "door[0].ports[0]",
      "ignore[0].ports",
      "openForSeconds",
      "password",
      "rollbackAfterSeconds",
      "sequence[0].port",
      "sequence[1].protocol",
      "sequence[2].payloadBytes",
      "stepTimeoutSeconds",
    ]);
    expect(said).toContain("has the unknown field colour; allowed: host, port, user,");
    expect(said).not.toMatch(/MARKED|61873/);
  });

  test("steps that would never count are named, and not told", async () => {
    const sequence = [61_873, 61_873, 22].map((port) => ({ protocol: "tcp", port }));
    await stack.declare({ wrong: sshDoor(lab, host, { sequence }) });
    const { said, paths } = await wrong("preview");
    expect(paths).toEqual(["sequence[1]", "sequence[2]"]);
    expect(said).not.toContain("61873");
  });

  test("too many steps are counted, and not told", async () => {
    const sequence = Array.from({ length: 17 }, (_, index) => ({ protocol: "tcp", port: 61_873 + index }));
    await stack.declare({ wrong: sshDoor(lab, host, { sequence }) });
    const { said, paths } = await wrong("preview");
    expect(paths).toEqual(["sequence"]);
    expect(said).not.toContain("61873");
  });

  test("neither a credential nor an agent is said before anything is sent", async () => {
    await stack.declare({ wrong: sshDoor(lab, host, { connection: { host: host.ipv4 } }) });
    const { said, paths } = await wrong("up", "--yes", "--skip-preview");
    expect(paths).toEqual(["connection"]);
    expect(said).toContain(
      "give privateKey, password or agentSocketPath, or run an ssh-agent (SSH_AUTH_SOCK)",
    );
  });
});
