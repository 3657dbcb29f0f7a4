import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Host, type HostInfo, type Variant } from "./host";
import { BareNode, Controller, type LabNode, type NodeInfo } from "./node";

export type { Firewall, Host, Variant } from "./host";
export { type Controller, type ExecOptions, type ExecResult, killGroup, type LabNode } from "./node";

export interface LabOptions {
  hosts?: number;
  variant?: Variant;
}

/** Accounts of every host beside root; the lab's key logs in to all three. */
export const OPS = { user: "ops", password: "ops-password" };
export const DEPLOY = { user: "deploy" };

/** What lab.sh prints. */
interface LabInfo {
  dir: string;
  switchPid: number;
  privateKeyFile: string;
  controller: NodeInfo;
  hosts: HostInfo[];
}

export interface Lab {
  dir: string;
  controller: Controller;
  hosts: Host[];
  /** The switch, where all cables end. It has the machine's own files: only its network is the lab's. */
  uplink: LabNode;
  /** Hosts count from 1: h1, h2… */
  host(number?: number): Host;
  privateKey: string;
  privateKeyFile: string;
  stop(): Promise<void>;
}

const SCRIPT = join(__dirname, "lab.sh");
const run = promisify(execFile);

/** The lab ends with stop(), and with this process however that ends. */
export async function startLab({ hosts = 1, variant = "nf_tables" }: LabOptions = {}): Promise<Lab> {
  const up = ["up", "--hosts", String(hosts), "--variant", variant, "--owner", String(process.pid)];
  const { stdout } = await run("bash", [SCRIPT, ...up]);
  return attach(JSON.parse(stdout) as LabInfo, variant);
}

async function attach(info: LabInfo, variant: Variant): Promise<Lab> {
  const uplink = new BareNode({ name: "switch", pid: info.switchPid, ipv4: "", ipv6: "" });
  const hosts = info.hosts.map((host) => new Host(host, uplink, variant));
  return {
    dir: info.dir,
    controller: new Controller(info.controller, join(info.dir, "home")),
    hosts,
    uplink,
    host(number = 1) {
      const host = hosts[number - 1];
      if (!host) throw new Error(`this lab has ${hosts.length} hosts, and no h${number}`);
      return host;
    },
    privateKey: await readFile(info.privateKeyFile, "utf8"),
    privateKeyFile: info.privateKeyFile,
    async stop() {
      await run("bash", [SCRIPT, "down", info.dir]);
    },
  };
}
