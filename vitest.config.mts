import { defineConfig } from "vitest/config";
import { GROUPS, type GroupName, type Half, patterns } from "./test/groups.mts";

/** PORTKNOCK_HALF=core|rest: only this half of each group. */
const half = process.env.PORTKNOCK_HALF as Half | undefined;

/** A group a project: `npx vitest run --project kernel`. */
const project = (name: GroupName) => {
  const group = GROUPS[name];
  const workers = "workers" in group ? group.workers : 1;
  const isShared = "isProcessShared" in group;
  return {
    test: {
      name,
      ...patterns(name, half),
      testTimeout: group.timeoutMs,
      hookTimeout: group.timeoutMs,
      // A test that expects nothing cannot fail, nor one that is made for each of no cases.
      setupFiles: ["test/noEmptyEach.ts", ...(isShared ? ["test/freshModules.ts"] : [])],
      isolate: !isShared,
      expect: { requireAssertions: true },
      ...(workers > 1 ? { maxWorkers: workers } : { fileParallelism: false }),
    },
  };
};

export default defineConfig({
  test: {
    projects: (Object.keys(GROUPS) as GroupName[]).map(project),
    coverage: { include: ["provider/**/*.ts"], reporter: ["text-summary"] },
  },
});
