import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import type { Sequence } from "../../provider/policy/types";
import { killGroup, type Lab } from "../lab/lab";

type Properties = Record<string, unknown>;

export type Request =
  | {
      do: "create" | "update" | "delete";
      olds: Properties;
      news: Properties;
      stopAt?: string | undefined;
      /** Once the rules are loaded, another packet is sent in place of each sequence. */
      isMisknocking?: boolean | undefined;
      /** Sequences of other doors on the SSH port. */
      knocks?: readonly Sequence[];
    }
  | { do: "probe"; address: string; knock?: Sequence | undefined };

export interface Failure {
  code?: string | undefined;
  hostState?: string | undefined;
  message: string;
  /** What Pulumi would keep as state in spite of the error. */
  properties?: Properties | undefined;
}

/** How a request ended. Killed: with nothing. */
export interface Ended {
  outs?: Properties;
  error?: Failure;
  isReached?: boolean;
  isKilled?: boolean;
}

/** Compiles the driver to a file that a controller can run. */
export async function compileDriver(lab: Lab): Promise<string> {
  const source = await readFile(join(__dirname, "driver.ts"), "utf8");
  const { outputText } = transpileModule(source, {
    compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
  });
  const folder = join(lab.dir, "home");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "driver.js"), outputText);
  return join(folder, "driver.js");
}

/** A driver process in the lab's controller; started when it is needed, and anew after a kill. */
export class Driver {
  private child: ChildProcessWithoutNullStreams | undefined;
  private ended: (ended: Ended) => void = () => undefined;
  private stopped: () => void = () => undefined;
  private errors = "";

  constructor(
    private readonly lab: Lab,
    private readonly file: string,
  ) {}

  /** `onStop` is called when the driver waits at the request's step; `go` lets it go on. */
  request(request: Request, onStop: () => void = () => undefined): Promise<Ended> {
    this.child ??= this.start();
    this.stopped = onStop;
    const end = new Promise<Ended>((resolve) => {
      this.ended = resolve;
    });
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    return end;
  }

  go(): void {
    this.child?.stdin.write("go\n");
  }

  /** From here on the time of day is another. */
  setClock(offsetMs: number): void {
    this.child?.stdin.write(`clock ${offsetMs}\n`);
  }

  kill(): void {
    if (this.child) killGroup(this.child);
  }

  private start(): ChildProcessWithoutNullStreams {
    const dist = join(__dirname, "../../dist");
    // An agent of the caller's has no key of the lab.
    const child = this.lab.controller.spawn(["node", this.file, dist], { env: { SSH_AUTH_SOCK: "" } });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { step, ended } = JSON.parse(line) as { step?: string; ended?: Ended };
      if (step !== undefined) this.stopped();
      if (ended) this.ended(ended);
    });
    child.stderr.on("data", (data: Buffer) => {
      this.errors += data;
    });
    child.stdin.on("error", () => undefined);
    child.on("close", () => {
      this.child = undefined;
      if (this.errors) process.stderr.write(this.errors);
      this.ended({ isKilled: true });
    });
    return child;
  }
}
