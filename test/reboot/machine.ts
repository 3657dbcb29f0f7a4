import { execFile, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Host } from "../lab/host";
import { type Lab, startLab, type Variant } from "../lab/lab";
import { BareNode } from "../lab/node";

export interface MachineOptions {
  /** `openrc` is a bookworm that sysvinit and OpenRC boot. */
  release: "bookworm" | "trixie" | "openrc";
  /** `nftables` with trixie only. */
  variant: Variant;
}

/** A lab whose only host is a whole Debian, which can be rebooted. */
export interface MachineLab extends Lab {
  /**
   * Returns when the machine has booted again, after it was shut down, or (`cut`) as after a power cut. Its files stay;
   * its firewall, processes and /run do not.
   */
  reboot(how?: "clean" | "cut"): Promise<void>;
}

const run = promisify(execFile);
/**
 * Once every service has started, none having failed. OpenRC's sshd is there before it listens: state 0A is "listening", port
 * 0016 is 22 (proc(5)).
 */
const IS_UP = `
if [ -d /run/systemd/system ]; then
  systemctl is-system-running --wait
else
  rc-status default && ! rc-status --crashed && [ ! -d /run/openrc/rc.starting ] &&
    grep -qE ':0016 0+:0000 0A ' /proc/net/tcp && grep -qE ':0016 0+:0000 0A ' /proc/net/tcp6
fi`;

const REBOOT = { clean: "reboot", cut: "reboot --force --force || reboot -f" };

const ADDRESSES = { ipv4: "192.0.2.101", ipv6: "2001:db8:2::101" };

/** A throw-away copy of a cached root. It ends with stop(), and with this process however that ends. */
export async function startMachine({ release, variant }: MachineOptions): Promise<MachineLab> {
  const root = variant === "nftables" ? `nft-${release}` : release;
  const { stdout } = await run("bash", [join(__dirname, "root.sh"), root]);
  const lab = await startLab();
  const log = join(lab.dir, "machine.log");
  const output = openSync(log, "w");
  const keep = [join(__dirname, "machine.sh"), "keep", lab.dir, stdout.trim(), variant];
  // A group of its own: it tidies up after the machine, also when this process is killed with its group.
  const child = spawn("unshare", ["--mount", "bash", ...keep], {
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const ended = new Promise((resolve) => child.on("close", resolve));
  const pid = (name: string) => Number(readFileSync(join(lab.dir, "nodes", name), "utf8"));
  const uplink = new BareNode({ name: "switch", pid: pid("switch"), ipv4: "", ipv6: "" });

  /** What `condition` finds; that it throws while it is too early counts as finding nothing. */
  const until = async <Value>(condition: () => Promise<Value | undefined>): Promise<Value> => {
    const end = Date.now() + 60_000;
    let problem: unknown;
    while (Date.now() < end && child.exitCode === null) {
      try {
        const value = await condition();
        if (value !== undefined) return value;
      } catch (error) {
        problem = error;
      }
      await pause(20);
    }
    throw new Error(`the machine did not boot\n${await readFile(log, "utf8")}`, { cause: problem });
  };
  const boot = async (previous: number | undefined): Promise<Host> => {
    const init = await until(() => initOf(pid("machine"), previous));
    const key = await readFile(join(lab.dir, "nodes/machine.pub"), "utf8");
    const host = new Host(
      { name: "m1", pid: init, ...ADDRESSES, hostKey: key.split(" ", 2).join(" ") },
      uplink,
      variant,
    );
    await until(async () => ((await host.exec(["sh", "-c", IS_UP])).code === 0 ? true : undefined));
    return host;
  };

  const stop = async () => {
    await lab.stop();
    await ended;
  };
  let host = await boot(undefined).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    ...lab,
    get hosts() {
      return [host];
    },
    host: () => host,
    async reboot(how = "clean") {
      const previous = host.pid;
      await host.exec(["sh", "-c", REBOOT[how]]);
      host = await boot(previous);
    },
    stop,
  };
}

const INITS = ["systemd", "init"];

/** The first process of the system that machine.sh has booted, if it is another than the previous one. */
async function initOf(machine: number, previous: number | undefined): Promise<number | undefined> {
  for (const nspawn of await childrenOf(machine)) {
    for (const child of await childrenOf(nspawn)) {
      if (child !== previous && INITS.includes(basename(await readlink(`/proc/${child}/exe`)))) return child;
    }
  }
  return undefined;
}

async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.trim().split(" ").map(Number);
}
