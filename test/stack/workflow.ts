import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

interface Step {
  uses?: string;
  run?: string;
  if?: string;
  env?: Readonly<Record<string, string>>;
}

/** A workflow file of GitHub Actions, as far as the examples use it. */
export interface Workflow {
  env: Readonly<Record<string, string>>;
  defaults?: { run: { shell: string } };
  jobs: Readonly<
    Record<
      string,
      {
        steps: readonly Step[];
        strategy?: { matrix: Readonly<Record<string, readonly string[]>> } & Readonly<
          Record<string, unknown>
        >;
      }
    >
  >;
}

export async function readWorkflow(example: string): Promise<Workflow> {
  return parse(await readFile(join(example, ".github/workflows/portknock.yml"), "utf8")) as Workflow;
}

/** What other people's actions and the registry do, which the lab does in its own way. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "actions/checkout@v5": "the project is a copy of the example",
  "actions/setup-node@v5": "Node.js is this one",
  "pulumi/actions@v7": "without a command it installs the CLI, which is on PATH",
  "npm install": "there is no registry in the lab, and the packages are linked",
};

const reported = new Set<string>();

/** Whether a step is not run here; says why, once. */
export function isElsewhere(step: string): boolean {
  const reason = ELSEWHERE[step];
  if (reason === undefined) return false;
  if (!reported.has(step)) console.log(`${step} is not run: ${reason}`);
  reported.add(step);
  return true;
}

/** What a run of a job knows, which GitHub fills in, and who runs its steps. */
export interface Run {
  /** Folder for the runner's own files. */
  temp: string;
  /** Values of `${{ … }}`. */
  values: Readonly<Record<string, string>>;
  /** Which conditions of steps hold. */
  conditions?: Readonly<Record<string, boolean>>;
  shell: (script: string, env: NodeJS.ProcessEnv) => Promise<void>;
}

/** Runs a job's steps as they stand in the workflow's file. */
export async function runJob(workflow: Workflow, job: string, run: Run): Promise<void> {
  const temp = await mkdtemp(join(run.temp, "run."));
  const files = { GITHUB_ENV: join(temp, "env"), RUNNER_TEMP: temp };
  await writeFile(files.GITHUB_ENV, "");
  const filled = (text: string) =>
    text.replace(/\$\{\{ (.*?) \}\}/g, (_, name: string) => known(run.values, name));
  for (const { uses, run: script, env, if: condition } of workflow.jobs[job]?.steps ?? []) {
    if (isElsewhere(uses ?? script ?? "")) continue;
    if (script === undefined) throw new Error(`the lab does not know ${uses}`);
    if (condition !== undefined && !known(run.conditions ?? {}, condition)) continue;
    const noted = (await readFile(files.GITHUB_ENV, "utf8")).split("\n").filter(Boolean);
    const own = Object.entries({ ...workflow.env, ...env }).map(([name, text]) => [name, filled(text)]);
    await run.shell(filled(script), {
      ...files,
      ...Object.fromEntries([...own, ...noted.map((line) => line.split(/=(.*)/s).slice(0, 2))]),
    });
  }
}

function known<Value>(values: Readonly<Record<string, Value>>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`the lab knows no ${name}`);
  return value;
}
