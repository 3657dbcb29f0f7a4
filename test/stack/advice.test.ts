import { describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { sshDoor } from "./world";

/** What `pulumi preview --json` tells about a resource. */
interface Diagnostic {
  readonly urn?: string;
  readonly severity: string;
  readonly message: string;
}

const STRONG = [
  { protocol: "tcp", port: 41_287 },
  { protocol: "udp", port: 23_911 },
  { protocol: "icmp", payloadBytes: 733 },
];
const WEAK = [
  { protocol: "tcp", port: 51_301 },
  { protocol: "tcp", port: 51_302 },
];

describe("what the linter has to say", () => {
  const { lab, stack, host } = useStack();

  /** Which resource is warned of what, in a preview. */
  async function warnings(): Promise<string[]> {
    const preview = JSON.parse(await stack.must("preview", "--json")) as { diagnostics?: Diagnostic[] };
    return (preview.diagnostics ?? []).flatMap(({ urn, severity, message }) => {
      const [, said] = /\b([a-z-]+, \S+): /.exec(message) ?? [];
      return severity === "warning" && urn !== undefined ? [`${urn.split("::").at(-1)} ${said}`] : [];
    });
  }

  test("is said once, as warnings of the resource, and without a knock", async () => {
    await stack.declare({ weak: sshDoor(lab, host, { sequence: WEAK }) });
    expect(await warnings()).toEqual(["weak linear-scan, sequence", "weak few-guesses, sequence"]);
    const shown = await stack.preview();
    expect(shown).toMatch(/^warning: weak: linear-scan, sequence: a scan of all TCP ports upward opens/m);
    expect(shown.match(/linear-scan/g)).toHaveLength(1);
    expect(shown).not.toMatch(/5130[12]/);
  });

  test("does not keep an up from being done", async () => {
    const shown = await stack.up();
    expect(shown).toMatch(/warning: weak: linear-scan/);
    expect(shown).toMatch(/\+ 2 created/);
    expect(shown).not.toMatch(/5130[12]/);
    await stack.destroy();
  });

  test("is nothing for a strong door", async () => {
    await stack.declare({ strong: sshDoor(lab, host, { sequence: STRONG }) });
    expect(await warnings()).toEqual([]);
  });

  test("is also about what two doors of a host do to one another", async () => {
    const longer = [...STRONG, { protocol: "tcp", port: 33_791 }];
    await stack.declare({
      ssh: sshDoor(lab, host, { sequence: STRONG }),
      web: sshDoor(lab, host, { sequence: longer, door: [{ protocol: "tcp", ports: [8080] }] }),
    });
    expect(await warnings()).toEqual(["web opens-other-door, ssh.sequence"]);
  });

  test("a host tells how many sources its lists hold, where a lockout depends on it", async () => {
    const file = "/sys/module/xt_recent/parameters/ip_list_tot";
    const slots = Number(await host.run(["cat", file]));
    const lockout = { wrongKnocks: 5, withinSeconds: 60, forSeconds: 60 };
    const said = async (more: Readonly<Record<string, unknown>>) => {
      await stack.declare({ strong: sshDoor(lab, host, { sequence: STRONG, ...more }) });
      await stack.up();
      const warnings = (await stack.doors())[0]?.outputs?.warnings as readonly string[];
      return warnings.filter((one) => one.startsWith("xt_recent"));
    };
    const warning = (count: number) =>
      `xt_recent remembers ${count} sources a list: forged packets from as many others lift a lockout (ip_list_tot, default 100; from 1000 on this is not said)`;
    expect(await said({})).toEqual([]);
    expect(await said({ lockout })).toEqual([warning(slots)]);
    for (const [count, told] of [
      [999, [warning(999)]],
      [1000, []],
    ] as const) {
      await host.run(["sh", "-c", `echo ${count} >/run/slots && mount --bind /run/slots ${file}`]);
      expect(await said({ lockout, openForSeconds: count })).toEqual(told);
    }
    await stack.destroy();
  });
});
