import { defineConfig } from "vitest/config";

/** A group a project: `npx vitest run --project kernel`. All but `unit` need root and the lab (scripts/setup.sh). */
const group = (name: string, include: string[], testTimeout: number, isParallel = false) => ({
  test: {
    name,
    include,
    testTimeout,
    // A test that expects nothing cannot fail, nor one that is made for each of no cases.
    setupFiles: ["test/noEmptyEach.ts"],
    expect: { requireAssertions: true },
    hookTimeout: testTimeout,
    ...(isParallel ? { maxWorkers: 2 } : { fileParallelism: false }),
  },
});

export default defineConfig({
  test: {
    projects: [
      group(
        "unit",
        [
          "test/{util,policy,derive,rules,lint,door,api,knock,host,resource,client,golden,repository}/**/*.test.ts",
        ],
        60_000,
        true,
      ),
      group("kernel", ["test/kernel/**/*.test.ts"], 300_000),
      group("lab", ["test/lab/**/*.test.ts"], 60_000),
      group("client", ["test/through/**/*.test.ts"], 120_000),
      // Each file has a lab of its own, and waits more than it works.
      group("stack", ["test/stack/**/*.test.ts"], 300_000, true),
      // Longer, and commands of their own: npm run test:faults, npm run test:reboot, npm run bench.
      // Installs what it needs from the registry, so it is a command of its own: npm run test:versions.
      group("versions", ["test/versions/**/*.test.ts"], 300_000),
      group("docker", ["test/docker/**/*.test.ts"], 120_000),
      group("faults", ["test/faults/**/*.test.ts"], 1_800_000),
      group("bench", ["bench/**/*.bench.ts"], 600_000),
      group("reboot", ["test/reboot/**/*.test.ts"], 600_000),
    ],
  },
});
