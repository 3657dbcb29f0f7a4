import { vi } from "vitest";

/** One process runs many files of a group. Each gets this repository's modules anew, and may mock them; packages stay. */
vi.resetModules();
