import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import type { ClientConfig } from "../../provider/policy/clientConfig";
import type { ExecOptions, ExecResult, Lab } from "../lab/lab";
import type { SpawnOptions } from "../lab/node";

export const REPOSITORY = join(__dirname, "../..");

/** What the program is given as arguments of PortKnock, by name. Not typed as such: some are meant to be wrong. */
export type Doors = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A door's outputs in the program. */
export interface DoorOutputs {
  rules: string[];
  knockCommand: string;
  hostKey: string;
  clientConfig: ClientConfig;
  tokensLeft?: number;
}

export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

export interface State {
  deployment: { resources?: StateResource[]; pending_operations?: unknown[] };
}

const QUIET = ["--non-interactive", "--color", "never"];

/** A Pulumi project with one stack, whose commands run where a user's would: on the lab's controller. */
export class Stack {
  constructor(
    private readonly lab: Lab,
    readonly project: string,
    /** The folder of the file:// backend. */
    readonly state: string,
  ) {}

  private get environment(): NodeJS.ProcessEnv {
    return {
      PULUMI_BACKEND_URL: `file://${this.state}`,
      PULUMI_CONFIG_PASSPHRASE: "the lab's",
      // test/tsconfig.json has checked the program's types already.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      SSH_AUTH_SOCK: undefined,
      // The SDK's folder has the plugin that runs dynamic providers: the project's own counts.
      PATH: [".bin", "@pulumi/pulumi"]
        .map((folder) => join(this.project, "node_modules", folder))
        .concat(process.env.PATH ?? [])
        .join(delimiter),
    };
  }

  /** Any command, in the project's folder and with its environment. */
  exec(command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const env = { ...this.environment, ...options.env };
    return this.lab.controller.exec(command, { cwd: this.project, ...options, env });
  }

  spawn(command: readonly string[], options: SpawnOptions = {}): ChildProcessWithoutNullStreams {
    return this.lab.controller.spawn(command, { cwd: this.project, ...options, env: this.environment });
  }

  /** A pulumi command that may fail. */
  pulumi(...args: string[]): Promise<ExecResult> {
    return this.exec(["pulumi", ...args, ...QUIET]);
  }

  /** A pulumi command that has to work: what it printed, on stdout and then on stderr. */
  async must(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
    return stdout + stderr;
  }

  /** What the program declares from the next command on. */
  async declare(doors: Doors): Promise<void> {
    await writeFile(join(this.project, "doors.json"), JSON.stringify(doors));
  }

  /** The stack's files: the state, its history and its backups. */
  async files(): Promise<[string, string][]> {
    const entries = await readdir(this.state, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    // Nothing is found in no file.
    if (paths.length === 0) throw new Error(`no file of the stack is in ${this.state}`);
    return Promise.all(paths.map(async (path) => [path, await readFile(path, "utf8")] as [string, string]));
  }

  preview(...flags: string[]): Promise<string> {
    return this.must("preview", "--diff", "--show-full-output", ...flags);
  }

  up(...flags: string[]): Promise<string> {
    return this.must("up", "--yes", "--skip-preview", "--diff", "--show-full-output", ...flags);
  }

  refresh(...flags: string[]): Promise<string> {
    return this.must("refresh", "--yes", "--skip-preview", "--diff", ...flags);
  }

  destroy(...flags: string[]): Promise<string> {
    return this.must("destroy", "--yes", "--skip-preview", ...flags);
  }

  async export(...flags: string[]): Promise<State> {
    return JSON.parse(await this.must("stack", "export", ...flags)) as State;
  }

  /** The doors in the state. */
  async doors(): Promise<StateResource[]> {
    const { deployment } = await this.export();
    return (deployment.resources ?? []).filter(({ type }) => type.endsWith(":PortKnock"));
  }

  async outputs(name: string): Promise<DoorOutputs> {
    const doors = JSON.parse(await this.must("stack", "output", "doors", "--json", "--show-secrets"));
    return doors[name] as DoorOutputs;
  }

  /** Knocks as a user would: with the command that the stack puts out, as it is. */
  async knock(name: string): Promise<void> {
    const { knockCommand } = await this.outputs(name);
    const { stdout, stderr, code } = await this.exec(["sh", "-c", knockCommand]);
    if (code !== 0) throw new Error(`${name}: the knock command ended with ${code}\n${stdout}${stderr}`);
  }
}

/**
 * A stack of a program, gone with the lab: that of a folder of test/stack, or of any by its whole path. It finds its packages
 * in `modules`, a node_modules folder (the repository's).
 */
export async function makeStack(
  lab: Lab,
  modules: string = join(REPOSITORY, "node_modules"),
  program = "program",
): Promise<Stack> {
  const dir = await mkdtemp(join(lab.dir, "stack."));
  const project = join(dir, "project");
  const state = join(dir, "state");
  await cp(resolve(__dirname, program), project, { recursive: true });
  await symlink(modules, join(project, "node_modules"));
  await mkdir(state);
  const stack = new Stack(lab, project, state);
  await stack.must("stack", "init", "test");
  return stack;
}
