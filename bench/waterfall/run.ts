import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import type { Lab } from "../../test/lab/lab";
import { REPOSITORY } from "../../test/stack/stack";

export interface Request {
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Something that took from when to when, since the operation began. */
export interface Span {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Waterfall {
  /** In the order of their ends. */
  readonly spans: readonly Span[];
  readonly totalMs: number;
  readonly verified?: { readonly closedBeforeKnock: boolean; readonly openAfterKnock: boolean };
}

/** Creates a door from the lab's controller, and tells what it waited for. */
export async function runCreate(lab: Lab, request: Request): Promise<Waterfall> {
  const driver = join(lab.controller.home, "waterfall.js");
  const source = await readFile(join(__dirname, "driver.ts"), "utf8");
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  await mkdir(lab.controller.home, { recursive: true });
  await writeFile(driver, transpileModule(source, { compilerOptions }).outputText);
  const told = await lab.controller.run(["node", driver, join(REPOSITORY, "dist")], {
    input: JSON.stringify(request),
    env: { NODE_PATH: join(REPOSITORY, "node_modules"), SSH_AUTH_SOCK: "" },
  });
  return JSON.parse(told) as Waterfall;
}
