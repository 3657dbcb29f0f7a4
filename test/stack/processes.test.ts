import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { Scripts } from "./scripts";

/** Stands in front of every program of the host, and notes each call. */
const STAND_IN = `#!/bin/sh
tool=\${0##*/}
printf "%s %.40s %.40s\\n" "$tool" "\${1-}" "\${2-}" >>/run/counted/calls
for folder in /usr/sbin /usr/bin /sbin /bin; do
  [ ! -x "$folder/$tool" ] || exec "$folder/$tool" "$@"
done
exit 127
`;

const INSTALL = `mkdir -p /run/counted/bin /run/counted/programs && cat >/run/counted/stand-in && chmod 755 /run/counted/stand-in
for folder in /usr/sbin /usr/bin /sbin /bin; do ls "$folder"; done | sort -u | while read -r tool; do
  program=/run/counted/programs/$(basename "$(readlink -f "$(command -v "$tool")")")
  [ -e "$program" ] || cp /run/counted/stand-in "$program"
  ln -s "$program" "/run/counted/bin/$tool"
done`;

const POLICY = {
  sequence: [
    { protocol: "tcp", port: 7001 },
    { protocol: "udp", port: 8002 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
} as const;
const ROTATED = { ...POLICY, sequence: [{ protocol: "udp", port: 7003 }] } as const;

/** Programs that each script may start, itself and the timer's two included. */
const PROGRAMS = { apply: 30, confirm: 20 };
/** The same with what the shell starts of itself, for `$(…)` and `|`: on a host they cost as much together. */
const PROCESSES = { apply: 70, confirm: 50 };

describe.each(["nf_tables", "legacy"] as const)("processes on a host with %s", (variant) => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab({ variant });
  });
  afterAll(() => lab?.stop());

  test("creating, changing and removing a door starts few", async () => {
    const host = lab.host();
    await host.run(["sh", "-c", INSTALL], { input: STAND_IN });
    const scripts = new Scripts(host, ["sh", "-c", 'PATH=/run/counted/bin exec sh "$@"', "sh"]);
    // The host numbers its processes one after another.
    const nextNumber = async () => Number(await host.run(["sh", "-c", "echo $$"]));
    const own = -(await nextNumber()) + (await nextNumber());
    const counted: number[] = [];
    const calls = async (text: string, done: RegExp, most: number) => {
      await host.run(["sh", "-c", ": >/run/counted/calls"]);
      const first = await nextNumber();
      expect(await scripts.run(text)).toMatch(done);
      const started = (await nextNumber()) - first - own;
      counted.push(started);
      expect(started).toBeLessThanOrEqual(most);
      return (await host.run(["cat", "/run/counted/calls"])).trimEnd().split("\n");
    };
    const counts: number[] = [];
    for (const policy of [POLICY, ROTATED, undefined]) {
      const applied = await calls(scripts.applyText(policy), /^applied$/m, PROCESSES.apply);
      expect(applied.length, applied.join("\n")).toBeLessThanOrEqual(PROGRAMS.apply);
      const confirmed = await calls(scripts.text("confirm"), /^persistence none$/m, PROCESSES.confirm);
      expect(confirmed.length, confirmed.join("\n")).toBeLessThanOrEqual(PROGRAMS.confirm);
      // Each starts iptables-save for both families, or nothing was counted.
      expect(applied.filter((call) => call.startsWith("iptables-save"))).not.toEqual([]);
      expect(confirmed.filter((call) => call.startsWith("ip6tables-save"))).not.toEqual([]);
      counts.push(applied.length, confirmed.length);
    }
    const of = "apply and confirm of create, update, delete";
    console.log(`${variant}: ${counts.join(" ")} programs, ${counted.join(" ")} processes (${of})`);
  });
});
