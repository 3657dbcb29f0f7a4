import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import type { Lab } from "../test/lab/lab";
import { REPOSITORY } from "../test/stack/stack";

/** Runs bench/<name>/driver.ts on the lab's controller, with the compiled provider, and reads what it prints. */
export async function runDriver<Answer>(lab: Lab, name: string, request: unknown): Promise<Answer> {
  const file = join(lab.controller.home, `${name}.js`);
  const source = await readFile(join(__dirname, name, "driver.ts"), "utf8");
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  await mkdir(lab.controller.home, { recursive: true });
  await writeFile(file, transpileModule(source, { compilerOptions }).outputText);
  const told = await lab.controller.run(["node", file, join(REPOSITORY, "dist")], {
    input: JSON.stringify(request),
    env: { NODE_PATH: join(REPOSITORY, "node_modules"), SSH_AUTH_SOCK: "" },
    timeoutMs: 300_000,
  });
  return JSON.parse(told) as Answer;
}
