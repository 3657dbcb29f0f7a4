import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type ExecResult, type Host, killGroup, type Lab, startLab } from "../lab/lab";
import { REPOSITORY, Stack } from "./stack";
import { readWorkflow, runJob, type Workflow } from "./workflow";
import { isOpen, traces } from "./world";

const EXAMPLE = join(REPOSITORY, "examples/many-stacks");
const HOSTS = 8;

/** In the rules of a host whose sequence was rotated. */
const OLD_SEQUENCE_ENDS = /--datestop/;

describe("examples/many-stacks lives: 4 regions of 8 hosts, one backend", () => {
  let lab: Lab;
  let stack: Stack;
  let workflow: Workflow;
  let regions: readonly string[];
  let agent: string;
  let before: string[];

  beforeAll(async () => {
    workflow = await readWorkflow(EXAMPLE);
    regions = workflow.jobs.up?.strategy?.matrix.region ?? [];
    lab = await startLab({ hosts: regions.length * HOSTS });
    before = await Promise.all(lab.hosts.map(traces));
    const folder = await mkdtemp(join(lab.dir, "regions."));
    const project = join(folder, "project");
    await cp(EXAMPLE, project, { recursive: true });
    await symlink(join(REPOSITORY, "node_modules"), join(project, "node_modules"));
    await mkdir(join(folder, "state"));
    stack = new Stack(lab, project, join(folder, "state"));
    agent = await startAgent(join(folder, "agent.sock"));
    await Promise.all(
      regions.map(async (region) => {
        const hosts = Object.fromEntries(
          hostsOf(region).map(({ name, ipv4, hostKey }) => [
            name,
            { connection: { host: ipv4, hostKey, dialErrorLimit: 4 } },
          ]),
        );
        const file = join(project, `Pulumi.${region}.yaml`);
        await writeFile(file, stringify({ config: { "many-stacks:hosts": hosts } }));
        await stack.must("stack", "init", "--no-select", region);
      }),
    );
  });
  afterAll(() => lab?.stop());

  /** An agent with the lab's key; it ends with the lab. */
  async function startAgent(socket: string): Promise<string> {
    await lab.controller.run(["ssh-agent", "-a", socket]);
    await lab.controller.run(["ssh-add", "-q", lab.privateKeyFile], { env: { SSH_AUTH_SOCK: socket } });
    return socket;
  }

  const hostsOf = (region: string): Host[] => {
    const first = regions.indexOf(region) * HOSTS;
    return lab.hosts.slice(first, first + HOSTS);
  };

  /** How many of a region's hosts have rules that match. */
  async function count(region: string, rules: RegExp): Promise<number> {
    const firewalls = await Promise.all(hostsOf(region).map((host) => host.firewall()));
    return firewalls.filter(({ ipv4 }) => rules.test(ipv4)).length;
  }

  /** How many logins the region's hosts have seen, beside which there is no other SSH handshake. */
  async function logins(region: string): Promise<number> {
    const count = ["sh", "-c", "grep -c '^Accepted publickey' /var/log/sshd.log || :"];
    const counts = await Promise.all(hostsOf(region).map((host) => host.run(count)));
    return counts.reduce((sum, text) => sum + Number(text), 0);
  }

  const tracesOf = (region: string) => Promise.all(hostsOf(region).map(traces));

  /** Rotation is asked for as a user does: by another text in the project's file. */
  async function rotate(from: string, to: string): Promise<void> {
    const file = join(stack.project, "Pulumi.yaml");
    const text = await readFile(file, "utf8");
    expect(text).toContain(`default: "${from}"`);
    await writeFile(file, text.replace(`default: "${from}"`, `default: "${to}"`));
  }

  const command = (args: readonly string[], parallel: number) => [
    ...["env", `SSH_AUTH_SOCK=${agent}`, `PULUMI_PARALLEL=${parallel}`],
    ...["node", "rollout.mjs", ...args],
  ];

  async function rollout(...args: string[]): Promise<ExecResult> {
    const began = performance.now();
    const result = await stack.exec(command(args, HOSTS));
    console.log(`rollout ${args.join(" ")}: ${seconds(began)} s; ${lastLine(result.stdout)}`);
    return result;
  }

  /** A rollout of one host after the other, that can be met half-way. */
  function startRollout(...args: string[]) {
    const child = stack.spawn(command(args, 1));
    let said = "";
    child.stdout.on("data", (data: Buffer) => {
      said += data;
    });
    const ended = new Promise<string>((resolve) => child.on("close", () => resolve(said)));
    return { said: () => said, ended, interrupt: () => killGroup(child, "SIGINT") };
  }

  const seconds = (began: number) => ((performance.now() - began) / 1000).toFixed(1);
  const lastLine = (text: string) => text.trimEnd().split("\n").at(-1) ?? "";

  /** What Pulumi says that it did in a region: `18 unchanged`. */
  const summary = (text: string, region: string) =>
    [
      ...text.matchAll(
        new RegExp(`^${region}: +(?:[+~-] )?(\\d+ (?:created|updated|unchanged|deleted))$`, "gm"),
      ),
    ].map(([, line]) => line);

  /** The stack itself, the fleet, and a sequence and a door a host. */
  const RESOURCES = 2 + 2 * HOSTS;
  const UNCHANGED = [`${RESOURCES} unchanged`];

  /** The generations of a region's sequences. */
  async function generations(region: string): Promise<unknown[]> {
    const { deployment } = await stack.export("--stack", region);
    const sequences = (deployment.resources ?? []).filter(({ type }) => type.endsWith(":KnockSequence"));
    return sequences.map(({ outputs }) => outputs?.generation);
  }

  async function runMatrix(job: string): Promise<void> {
    const temp = await mkdtemp(join(lab.dir, "runner."));
    const run = async (region: string) => {
      const values = {
        "matrix.region": region,
        "vars.PULUMI_BACKEND_URL": `file://${stack.state}`,
        "secrets.PULUMI_CONFIG_PASSPHRASE": "the lab's",
        "secrets.SSH_PRIVATE_KEY": lab.privateKey,
      };
      await runJob(workflow, job, {
        temp,
        values,
        shell: async (script, env) => {
          const { code, stdout, stderr } = await stack.exec(["bash", "-ec", script], { env });
          expect(code, `${script}\n${stdout}${stderr}`).toBe(0);
        },
      });
    };
    await Promise.all(regions.map(run));
  }

  test("the matrix previews every region, and then puts every door, side by side", async () => {
    expect(regions).toHaveLength(4);
    expect(workflow.jobs.preview?.strategy?.matrix.region).toEqual(regions);
    await runMatrix("preview");
    expect(await Promise.all(lab.hosts.map(traces))).toEqual(before);
    const began = performance.now();
    await runMatrix("up");
    console.log(`${regions.length} stacks of ${HOSTS} hosts at once: ${seconds(began)} s`);
    for (const region of regions) {
      expect(await count(region, /-A PK-\w+ .*--dport 22 -j DROP/)).toBe(HOSTS);
      expect(await logins(region)).toBe(2 * HOSTS);
    }
    await expect.poll(() => isOpen(lab, lab.host(1).ipv4), { timeout: 15_000 }).toBe(false);
  });

  test("a rollout of what is done changes nothing, nor does one with a region that has no stack", async () => {
    const { stdout, code } = await rollout(...regions, "--concurrency", "4");
    for (const region of regions) {
      expect(summary(stdout, region), stdout).toEqual(UNCHANGED);
      expect(await logins(region)).toBe(2 * HOSTS);
    }
    expect({ code, said: lastLine(stdout) }).toEqual({
      code: 0,
      said: expect.stringMatching(/; failed: none; not begun: none$/),
    });
    const unknown = await rollout("canary", "moon");
    expect(unknown).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("moon") });
  });

  test("a rotation stops in the region whose up is killed, and a second up of it is refused meanwhile", async () => {
    const untouched = await Promise.all(["us", "ap"].map(tracesOf));
    await rotate("1", "2");
    const { said, ended } = startRollout(...regions);
    await expect.poll(said, { timeout: 120_000, interval: 50 }).toMatch(/^eu: Updating/m);
    const second = await stack.pulumi("up", "--yes", "--skip-preview", "--stack", "eu");
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain("the stack is currently locked by 1 lock(s)");
    const rotated = () => count("eu", OLD_SEQUENCE_ENDS);
    await expect.poll(rotated, { timeout: 120_000, interval: 100 }).toBeGreaterThanOrEqual(1);
    await lab.controller.run(["sh", "-ec", 'kill -KILL "$(pgrep -f "^pulumi up .*--stack eu")"']);
    expect(lastLine(await ended)).toBe("done: canary; failed: eu; not begun: us ap");
    expect(await count("canary", OLD_SEQUENCE_ENDS)).toBe(HOSTS);
    expect(await logins("canary")).toBe(4 * HOSTS);
    expect(await rotated()).toBeLessThan(HOSTS);
    expect(await Promise.all(["us", "ap"].map(tracesOf))).toEqual(untouched);
  });

  test("what was killed has to be unlocked; then the rest is done, up to a region with a failed host", async () => {
    const locked = await rollout(...regions);
    expect(locked.stdout).toMatch(/^eu: .*the stack is currently locked by 1 lock\(s\)/m);
    expect(lastLine(locked.stdout)).toBe("done: canary; failed: eu; not begun: us ap");
    await stack.must("cancel", "--yes", "eu");

    const untouched = await tracesOf("ap");
    const [, , dead] = hostsOf("us");
    await dead?.linkDown();
    const { stdout, code } = await rollout(...regions);
    expect({ code, said: lastLine(stdout) }).toEqual({
      code: 1,
      said: "done: canary eu; failed: us; not begun: ap",
    });
    expect(summary(stdout, "canary")).toEqual(UNCHANGED);
    expect(await count("eu", OLD_SEQUENCE_ENDS)).toBe(HOSTS);
    expect(stdout).toMatch(new RegExp(`^us: .*error: ${dead?.ipv4}, connecting: no SSH connection`, "m"));
    expect(await count("us", OLD_SEQUENCE_ENDS)).toBe(HOSTS - 1);
    expect(await tracesOf("ap")).toEqual(untouched);
    await dead?.linkUp();
  });

  test("run again, it finishes, and what was done is unchanged", async () => {
    const { stdout, code } = await rollout(...regions);
    expect({ code, said: lastLine(stdout) }).toEqual({
      code: 0,
      said: "done: canary eu us ap; failed: none; not begun: none",
    });
    for (const region of ["canary", "eu"]) expect(summary(stdout, region)).toEqual(UNCHANGED);
    expect(summary(stdout, "us")).toEqual(["1 updated", `${RESOURCES - 1} unchanged`]);
    for (const region of regions) {
      expect(await count(region, OLD_SEQUENCE_ENDS)).toBe(HOSTS);
      expect(await generations(region)).toEqual(Array(HOSTS).fill(2));
    }
    const [address = ""] = hostsOf("us").map(({ ipv4 }) => ipv4);
    await expect.poll(() => isOpen(lab, address), { timeout: 15_000 }).toBe(false);
    const knock = `mkdir -p ~/.config/portknock && install -m 600 /dev/null ~/.config/portknock/config.json
      pulumi stack output --stack us --show-secrets clientConfig > ~/.config/portknock/config.json
      portknock knock ${address} --port 22`;
    expect(await stack.exec(["sh", "-ec", knock])).toMatchObject({ code: 0 });
  });

  test("after Ctrl-C no further region is begun", async () => {
    const { said, ended, interrupt } = startRollout(...regions);
    // Pulumi heeds a SIGINT from the first resource on.
    await expect.poll(said, { timeout: 60_000, interval: 50 }).toMatch(/^canary: .*Stack/m);
    interrupt();
    expect(lastLine(await ended)).toMatch(/not begun: eu us ap$/);
  });

  test("destroyed side by side, every host is as it was", async () => {
    const destroyed = await Promise.all(
      regions.map((region) =>
        stack.exec(["pulumi", "destroy", "--yes", "--skip-preview", "--stack", region], {
          env: { SSH_AUTH_SOCK: agent },
        }),
      ),
    );
    for (const { code, stdout, stderr } of destroyed) expect(code, stdout + stderr).toBe(0);
    await expect.poll(() => Promise.all(lab.hosts.map(traces)), { timeout: 10_000 }).toEqual(before);
  });
});
