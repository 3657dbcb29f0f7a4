import { readFileSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ClientConfig, configFailures } from "../../policy/clientConfig";
import { UsageError } from "../usageError";
import { chooseDoor } from "./chooseDoor";
import type { Source } from "./source";

/** The user's file (XDG Base Directory Specification). Other users must not be able to read or write it. */
export const configFile: Source = {
  name: "~/.config/portknock/config.json",
  find: (request) => {
    const config = readConfig();
    return config && chooseDoor(config.doors, request);
  },
};

/**
 * The user's configuration; undefined if there is none.
 * @throws UsageError if other users may read it, or it is wrong.
 */
export function readConfig(): ClientConfig | undefined {
  const path = configPath();
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const remedy = exposure(stats);
  if (remedy) throw new UsageError(`${path} holds secrets, and ${remedy}`);
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // The message of the parser quotes the text, which may be a sequence.
    throw new UsageError(`${path} cannot be read as JSON`);
  }
  const failures = configFailures(config);
  if (failures.length === 0) return config as ClientConfig;
  const lines = failures.map(({ property, reason }) => `${property}: ${reason}`);
  throw new UsageError([`${path} is wrong:`, ...lines].join("\n"));
}

export function configPath(): string {
  return join(configFolder(), "config.json");
}

export function configFolder(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "portknock");
}

/** Why a file with secrets is not safe, as the end of a sentence; undefined if it is safe. */
export function exposure({ mode, uid }: Stats): string | undefined {
  if ((mode & 0o077) !== 0) return "other users may read or write it: run `chmod 600` on it";
  const isOwn = process.getuid === undefined || uid === process.getuid();
  return isOwn ? undefined : "it belongs to another user";
}
