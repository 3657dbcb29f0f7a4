/**
 * The groups of tests, and which of their files run when. `npm test` runs the core, `npm run test:all` the rest: what is slow
 * and rarely breaks. `npx vitest run --project GROUP` runs both halves.
 */
export type Half = "core" | "rest";

interface Group {
  readonly folders: readonly string[];
  readonly timeoutMs: number;
  /** How many files run at once. Without it one: the files share something, or measure time. */
  readonly workers?: number;
  /** One process runs many files, which saves most of their time (test/freshModules.ts). */
  readonly isProcessShared?: true;
  /** The names of the files in one half, without `.test.ts`; all others are in the other half. */
  readonly split?: { readonly [H in Half]?: readonly string[] };
}

/** All but `unit` need root and the lab (scripts/setup.sh). */
export const GROUPS = {
  unit: {
    folders: [
      ...["test/api", "test/client", "test/derive", "test/door", "test/golden", "test/host", "test/knock"],
      ...[
        "test/lint",
        "test/plugin",
        "test/policy",
        "test/repository",
        "test/resource",
        "test/rules",
        "test/util",
      ],
    ],
    timeoutMs: 60_000,
    workers: 2,
    isProcessShared: true,
    split: {
      // Random campaigns, and what starts hundreds of processes.
      rest: ["answerLimits", "campaign", "derivedShell", "entries", "privateKey", "sinks"],
    },
  },
  kernel: {
    folders: ["test/kernel"],
    timeoutMs: 300_000,
    split: { rest: ["calendar", "campaign", "crowd", "mutants", "older", "scan", "tokens"] },
  },
  lab: { folders: ["test/lab"], timeoutMs: 60_000 },
  client: {
    folders: ["test/through"],
    timeoutMs: 120_000,
    split: { rest: ["loss", "mistakes", "traffic"] },
  },
  // Each file has a lab of its own, and waits more than it works.
  stack: {
    folders: ["test/stack"],
    timeoutMs: 600_000,
    workers: 3,
    split: {
      core: ["confirm", "fleet", "inputs", "interrupted", "life", "package", "rotation", "secrets", "yaml"],
    },
  },
  faults: { folders: ["test/faults"], timeoutMs: 1_800_000, split: { rest: ["faults"] } },
  // Builds the site, and looks at it in a real Chromium.
  site: { folders: ["test/site"], timeoutMs: 300_000, split: { core: [], rest: ["site"] } },
  // A command each. `versions` installs what it needs from the registry.
  reboot: { folders: ["test/reboot"], timeoutMs: 600_000 },
  docker: { folders: ["test/docker"], timeoutMs: 120_000 },
  versions: { folders: ["test/versions"], timeoutMs: 300_000 },
  bench: { folders: ["bench"], timeoutMs: 600_000 },
} as const satisfies Readonly<Record<string, Group>>;

export type GroupName = keyof typeof GROUPS;

/** The files of a group, or of a half of it, as patterns of vitest. */
export function patterns(name: GroupName, half?: Half): { include: string[]; exclude: string[] } {
  const { folders, split }: Group = GROUPS[name];
  const all = folders.map((folder) => `${folder}/**/*.{test,bench}.ts`);
  if (half === undefined) return { include: all, exclude: [] };
  const named = (names: readonly string[]) =>
    folders.flatMap((folder) => names.map((one) => `${folder}/**/${one}.test.ts`));
  const own = split?.[half];
  if (own) return { include: named(own), exclude: [] };
  const others = split?.[half === "core" ? "rest" : "core"];
  if (others) return { include: all, exclude: named(others) };
  return { include: half === "core" ? all : [], exclude: [] };
}
