import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

export interface NodeInfo {
  name: string;
  /** The node's first process, as the machine numbers it. */
  pid: number;
  ipv4: string;
  ipv6: string;
}

export interface SpawnOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

export interface ExecOptions extends SpawnOptions {
  input?: string;
  /**
   * 240 s unless told, which is longer than a slow machine takes. Then the command is killed, and its code is 124, as timeout(1)
   * has it.
   */
  timeoutMs?: number;
}

export interface ExecResult {
  stdout: string;
  stderr: string;
  code: number;
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A command inside a node leads a process group; killing the entered process alone would leave its children. */
export function killGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals = "SIGKILL"): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}

export class LabNode {
  readonly name: string;
  readonly pid: number;
  readonly ipv4: string;
  readonly ipv6: string;

  constructor(
    info: NodeInfo,
    private readonly environment: () => NodeJS.ProcessEnv,
    private readonly directory: () => string,
  ) {
    this.name = info.name;
    this.pid = info.pid;
    this.ipv4 = info.ipv4;
    this.ipv6 = info.ipv6;
  }

  /** End it with killGroup; the lab ends it otherwise. */
  spawn(command: readonly string[], options: SpawnOptions = {}): ChildProcessWithoutNullStreams {
    const spaces = ["--mount", "--uts", "--ipc", "--net", "--pid"];
    const directory = `--wdns=${options.cwd ?? this.directory()}`;
    return spawn("nsenter", ["--target", String(this.pid), ...spaces, directory, "--", ...command], {
      env: { ...this.environment(), ...options.env },
      detached: true,
    });
  }

  exec(command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const child = this.spawn(command, options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let late = false;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        late = true;
        killGroup(child);
      }, options.timeoutMs ?? 240_000);
      child.stdout.on("data", (data: Buffer) => stdout.push(data));
      child.stderr.on("data", (data: Buffer) => stderr.push(data));
      // A command that does not read its input is no error.
      child.stdin.on("error", () => undefined);
      child.stdin.end(options.input ?? "");
      child.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.on("close", (code) => {
        clearTimeout(timer);
        resolve({
          stdout: Buffer.concat(stdout).toString(),
          stderr: Buffer.concat(stderr).toString(),
          code: late ? 124 : (code ?? 137),
        });
      });
    });
  }

  /** For a step of a test that is not what it tests: stdout, or an error that says what failed. */
  async run(command: readonly string[], options: ExecOptions = {}): Promise<string> {
    const { stdout, stderr, code } = await this.exec(command, options);
    if (code !== 0)
      throw new Error(`${this.name}: ${command.join(" ")}: exit code ${code}\n${stderr}${stdout}`);
    return stdout;
  }
}

export class Controller extends LabNode {
  constructor(
    info: NodeInfo,
    readonly home: string,
  ) {
    // Caches stay the caller's: there is no network in here to fill others from.
    const environment = () => ({
      XDG_CACHE_HOME: join(homedir(), ".cache"),
      npm_config_cache: join(homedir(), ".npm"),
      ...process.env,
      PATH: [process.env.PATH, SYSTEM_PATH].join(delimiter),
      HOME: home,
    });
    super(info, environment, () => process.cwd());
  }

  /** One more address to connect from; hosts have routes to 198.51.100.0/24 and 2001:db8:51::/48 here. */
  async addAddress(address: string): Promise<void> {
    const suffix = address.includes(":") ? ["/128", "nodad"] : ["/32"];
    await this.run(["ip", "address", "add", `${address}${suffix[0]}`, "dev", "eth0", ...suffix.slice(1)]);
  }
}

/** Hosts see nothing of the caller's environment. */
export class BareNode extends LabNode {
  constructor(info: NodeInfo) {
    super(
      info,
      () => ({ PATH: SYSTEM_PATH, HOME: "/root", USER: "root", LOGNAME: "root", LANG: "C.UTF-8" }),
      () => "/root",
    );
  }
}
