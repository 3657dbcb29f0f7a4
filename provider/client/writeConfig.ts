import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import type { ClientDoor } from "../policy/clientConfig";
import { configFolder, configPath, readConfig } from "./sources/configFile";

/**
 * Puts the doors of a stack into the user's configuration in place of those that it has from that stack. A door that is
 * the same one without a stack's name is replaced as well; all others stay.
 * @returns how many doors of others stay.
 * @throws UsageError if the file that is there is wrong, or open to others.
 */
export function writeConfig(stack: string, doors: readonly ClientDoor[]): number {
  const isReplaced = (known: ClientDoor) =>
    known.stack === stack || (known.stack === undefined && doors.some((door) => isSame(door, known)));
  const others = (readConfig()?.doors ?? []).filter((known) => !isReplaced(known));
  const own = doors.map((door) => ({ ...door, stack }));
  mkdirSync(configFolder(), { recursive: true, mode: 0o700 });
  const fresh = `${configPath()}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify({ doors: [...others, ...own] }, undefined, 2)}\n`, {
    mode: 0o600,
    flag: "wx",
  });
  // Whoever reads meanwhile finds the old file or the new one.
  renameSync(fresh, configPath());
  return others.length;
}

function isSame(one: ClientDoor, other: ClientDoor): boolean {
  return one.host === other.host && one.door.some((port) => other.door.includes(port));
}
