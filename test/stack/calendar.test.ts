import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { dateAt, scheduleOf } from "../../provider/derive/schedule";
import type { ClientConfig } from "../../provider/policy/clientConfig";
import { formatSequence } from "../../provider/policy/text";
import type { Calendar, DoorDerivation, Sequence } from "../../provider/policy/types";
import { type Host, killGroup } from "../lab/lab";
import { forms, leaks, readableByAnyone } from "./leaks";
import { REPOSITORY } from "./stack";
import { useStack } from "./useStack";
import { connection, isOpen, traces } from "./world";

const MASTER = "Marked-master-secret-of-more-than-32-characters";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CLOCK = join(__dirname, "fleet/clock.cjs");

interface Outputs {
  derivation: DoorDerivation;
  clientConfig: ClientConfig;
  rules: string[];
  verified: { closedBeforeKnock: boolean; openAfterKnock: boolean };
  calendarUntil: string;
  calendarDaysLeft: number;
  warnings: string[];
}

/**
 * Clocks are not namespaced: a calendar that began, or ended, some days ago is one of a controller whose clock is so slow. Such
 * a controller knows no sequence of now, so it is let in without one.
 */
describe("a calendar", () => {
  const { lab, stack } = useStack({ hosts: 3, program: "fleet" });
  /** Its SSH is open to the calendar's sequences alone; or also to the controller. */
  let alone: Host;
  let attended: Host;
  let client: Host;
  const printed: string[] = [];
  const before: Record<string, string> = {};

  beforeAll(async () => {
    [alone, attended, client] = [lab.host(1), lab.host(2), lab.host(3)];
    for (const host of [alone, attended]) before[host.name] = await traces(host);
    const set = await stack.exec(["pulumi", "config", "set", "--secret", "master"], { input: MASTER });
    expect(set.code).toBe(0);
    await declare();
  });

  /** Above the ports that the system hands out by itself, so that no log has them by chance. */
  const PORTS = ["61100-65500"];

  async function declare(keepers: Readonly<Record<string, string>> = {}): Promise<void> {
    const entry = (host: Host, more: Readonly<Record<string, unknown>>) => ({
      sequence: { host: host.ipv4, rotateEvery: "1h", ports: PORTS, keepers },
      calendar: {},
      door: {
        ...{ connection: connection(lab, host, { dialErrorLimit: 3 }), openForSeconds: 2 },
        ...{ door: [{ protocol: "tcp", ports: [22] }], rollbackAfterSeconds: 15, ...more },
      },
    });
    await stack.declare({
      alone: entry(alone, {}),
      attended: entry(attended, { allowFrom: [`${lab.controller.ipv4}/32`] }),
    });
  }

  /** Runs pulumi where the clock is wrong by so much, for one door where that is named. */
  async function pulumi(verb: string, errorMs = 0, name?: string): Promise<{ code: number; text: string }> {
    const target = name === undefined ? [] : ["--target", `**:PortKnock::${name}`];
    const flags = verb === "preview" ? ["--show-full-output"] : ["--yes", "--skip-preview"];
    const detail = verb === "destroy" ? [] : ["--diff"];
    const command = ["pulumi", verb, ...flags, ...detail, ...target, "--non-interactive", "--color", "never"];
    const env = { NODE_OPTIONS: `--require ${CLOCK}`, CLOCK_ERROR_MS: String(errorMs) };
    const { code, stdout, stderr } = await stack.exec(command, { env });
    printed.push(stdout + stderr);
    return { code, text: stdout + stderr };
  }

  async function must(verb: string, errorMs = 0, name?: string): Promise<string> {
    const { code, text } = await pulumi(verb, errorMs, name);
    expect(code, text).toBe(0);
    return text;
  }

  async function outputs(name: "alone" | "attended"): Promise<Outputs> {
    const text = await stack.must("stack", "output", "doors", "--json", "--show-secrets");
    return (JSON.parse(text.slice(text.indexOf("{"))) as Record<string, Outputs>)[name] as Outputs;
  }

  async function inState(name: string): Promise<Pick<Outputs, "calendarDaysLeft" | "warnings">> {
    const door = (await stack.doors()).find(({ urn }) => urn.endsWith(`::${name}`));
    return door?.outputs as unknown as Outputs;
  }

  /** Knocks with the client from the host that no door knows: by the door's derivation, or with the sequence that is told. */
  async function opens(host: Host, sequence?: Sequence): Promise<boolean> {
    const seen = () => client.exec(["nc", "-z", "-w", "1", host.ipv4, "22"]);
    await expect.poll(async () => (await seen()).code, { timeout: 10_000 }).not.toBe(0);
    const main = join(REPOSITORY, "dist/client/main.js");
    const { derivation } = await outputs(host === alone ? "alone" : "attended");
    const flags = sequence ? `--sequence ${formatSequence(sequence)}` : "--derivation /tmp/derivation.json";
    const knock = `exec node ${main} knock ${host.ipv4} --port 22 --timeout 4 ${flags}`;
    const script = `umask 077; cat >/tmp/derivation.json; ${knock}`;
    const { code, stderr } = await client.exec(["sh", "-c", script], { input: JSON.stringify(derivation) });
    if (code !== 0) expect(stderr).toMatch(/did not open|does not answer|shut/);
    return code === 0;
  }

  function windowsOf(derivation: DoorDerivation, firstDay: string): Map<number, Sequence> {
    const calendar: Calendar = { derivation, windowMinutes: 60, days: 1, graceSeconds: 60 };
    const windows = scheduleOf(calendar, firstDay).days.flatMap((day) => day.windows);
    return new Map(windows.map(({ number, sequence }) => [number, sequence]));
  }

  test("up puts it on the host, sees it open to the sequence of now, and to no other", async () => {
    const shown = await must("preview");
    expect(shown).toMatch(/"calendar \d{4}-\d\d-\d\d: 24 windows of 4 knocks, 60 s of grace"/);
    expect(shown).toMatch(/runs-out, calendar: after 30 days/);
    await must("up");
    const made = await outputs("alone");
    expect(made.verified).toEqual({ closedBeforeKnock: true, openAfterKnock: true });
    expect(made.calendarDaysLeft).toBe(30);
    expect(made.warnings.join()).not.toContain("calendar");
    expect(made.rules.join("").length).toBeLessThan(10_000);
    await expect.poll(() => isOpen(lab, alone.ipv4), { timeout: 10_000 }).toBe(false);
    expect(await opens(alone)).toBe(true);
    const now = Math.floor(Date.now() / HOUR_MS);
    const windows = windowsOf(made.derivation, dateAt(Date.now() + DAY_MS));
    for (const ahead of [3, 5, 23]) {
      expect(await opens(alone, windows.get(now + ahead)), `${ahead} windows ahead`).toBe(false);
    }
  });

  test("the client finds its way with the configuration that the stack puts out", async () => {
    const { clientConfig } = await outputs("alone");
    const folder = join(lab.controller.home, ".config/portknock");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "config.json"), JSON.stringify(clientConfig));
    await chmod(join(folder, "config.json"), 0o600);
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"];
    const login = ["-i", lab.privateKeyFile, ...options.flatMap((option) => ["-o", option])];
    const command = ["portknock", "ssh", `root@${alone.ipv4}`, "--", ...login, "hostname"];
    const { code, stderr } = await stack.exec(command);
    expect(code, stderr).toBe(0);
  });

  test("refresh and another up of the day change nothing", async () => {
    await must("refresh");
    const text = await must("preview");
    expect(text).not.toMatch(/calendar \d{4}.*=> /);
    const { stdout, code } = await stack.pulumi("preview", "--diff", "--expect-no-changes");
    // Of another hour, KnockSequence has another sequence; the doors know that already.
    if (code !== 0) expect(stdout).not.toMatch(/PortKnock: \(update\)/);
  });

  test("where the controller's clock is a day off, an up that needs a knock changes nothing and says why", async () => {
    await declare({ reason: "a new subkey's worth" });
    const { code, text } = await pulumi("up", -DAY_MS, "alone");
    expect(code).not.toBe(0);
    expect(text).toMatch(/no SSH connection|unreachable/);
    await declare();
    expect(await opens(alone)).toBe(true);
  });

  test("the up of the next day shows the day that comes in the place of the one that goes", async () => {
    await must("up", -DAY_MS, "attended");
    expect(await opens(attended)).toBe(true);
    const shown = await must("preview", 0, "attended");
    // Where it prints warnings, pulumi prints what changes twice.
    const changes = [...new Set(shown.match(/~ \[\d+\]: "calendar .*/g))];
    expect(changes).toHaveLength(1);
    const [from, until] = [-2 * DAY_MS, 29 * DAY_MS].map((ms) => dateAt(Date.now() + ms));
    expect(changes[0]).toMatch(new RegExp(`"calendar ${from}: .*" => "calendar ${until}: `));
    await must("up", 0, "attended");
    expect((await outputs("attended")).calendarUntil).toBe(`${dateAt(Date.now() + 30 * DAY_MS)}T00:00:00Z`);
    const rules = (await attended.firewall()).ipv4;
    expect(rules).toContain(`-D${until?.replaceAll("-", "")}W2300 `);
    expect(rules).not.toContain(`-D${from?.replaceAll("-", "")}`);
    expect(await opens(attended)).toBe(true);
  });

  test("from a quarter on it is said how many days are left", async () => {
    await must("up", -25 * DAY_MS, "attended");
    const refreshed = await must("refresh", 0, "attended");
    expect(refreshed).toMatch(/calendarDaysLeft +: 30 => 5/);
    const text = "the calendar ends in 5 days, today included";
    expect(refreshed).toContain(text);
    // What the stack puts out is as of the last up.
    expect((await inState("attended")).warnings.join()).toContain(text);
    expect(await must("preview", 0, "attended")).toContain(text);
    const main = join(REPOSITORY, "dist/client/main.js");
    const status = await stack.exec(["node", main, "status", attended.ipv4, "--stack", "test"]);
    expect(status.stdout).toMatch(/calendar +until \S+, 5 days left|calendar +until \S+, 6 days left/);
    expect(status.stdout).not.toContain("drift");
  });

  test("an up that is interrupted leaves the calendar that was there, and the next one finishes", async () => {
    const command = "pulumi up --yes --skip-preview --non-interactive --target **:PortKnock::attended";
    const child = stack.spawn(command.split(" "));
    const isPending = async () =>
      (await attended.exec(["test", "-e", "/run/portknock/pending/tx"])).code === 0;
    await expect.poll(isPending, { timeout: 60_000, interval: 20 }).toBe(true);
    killGroup(child);
    expect(await opens(attended)).toBe(true);
    await stack.must("cancel", "--yes");
    await must("up", 0, "attended");
    expect((await outputs("attended")).calendarDaysLeft).toBe(30);
    expect(await opens(attended)).toBe(true);
  });

  test("when it has run out the door is closed, and an up by another way opens it again", async () => {
    await must("up", -40 * DAY_MS, "attended");
    expect(await opens(attended)).toBe(false);
    await must("refresh", 0, "attended");
    expect((await inState("attended")).calendarDaysLeft).toBe(0);
    expect(await must("preview", 0, "attended")).toMatch(
      /the calendar ended at \S+: no knock opens the door/,
    );
    await must("up", 0, "attended");
    expect(await opens(attended)).toBe(true);
  });

  test("where there is no other way in, the error says what happened and what to do", async () => {
    const { code, text } = await pulumi("refresh", 40 * DAY_MS, "alone");
    expect(code).not.toBe(0);
    expect(text).toMatch(/the door's calendar ended at \S+, so no knock opens it any more/);
    expect(text).toContain("sh /etc/portknock/remove.sh");
  });

  test("no secret is in plain text: neither master nor subkey, nor any of the day's sequences", async () => {
    const known: number[] = [];
    const secrets = [...forms(MASTER)];
    for (const name of ["alone", "attended"] as const) {
      const { derivation } = await outputs(name);
      secrets.push(derivation.subkey, Buffer.from(derivation.subkey, "hex").toString("base64").slice(0, -1));
      for (const sequence of windowsOf(derivation, dateAt(Date.now())).values())
        known.push(...sequence.flatMap((step) => (step.protocol === "icmp" ? [] : [step.port])));
    }
    expect(known.length).toBe(2 * 2 * 24 * 4);
    const texts: [string, string][] = [
      ...printed.map((text): [string, string] => ["printed", text]),
      ...(await stack.files()),
      ["a host's files", await readableByAnyone(alone)],
      ["the other host's files", await readableByAnyone(attended)],
    ];
    for (const [where, text] of texts) expect(leaks(text, secrets, known), where).toEqual([]);
    // The exception, which only root can read; what they follow from is not even there.
    const rules = await alone.run(["sh", "-c", "cat /etc/portknock/*; iptables-save"]);
    expect(leaks(rules, [], known).length).toBeGreaterThan(90);
    expect(leaks(rules, secrets, [])).toEqual([]);
  });

  test("destroy leaves nothing", async () => {
    await must("destroy");
    for (const host of [alone, attended])
      await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before[host.name]);
  });
});
