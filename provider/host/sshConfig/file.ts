import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

/** OpenSSH takes the home from passwd, not from HOME. */
export function homePath(path: string): string {
  return path.replace(/^~(?=\/|$)/, userInfo().homedir);
}

/**
 * The text of the user's ssh configuration; `undefined` if there is none.
 * @throws Error where it cannot be read, or others may write it, which ssh does not take either.
 */
export function readSshConfig(): string | undefined {
  const { homedir, uid } = userInfo();
  let file: number;
  try {
    file = openSync(join(homedir, ".ssh/config"), "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
  try {
    const status = fstatSync(file);
    const isOwn = uid < 0 || status.uid === 0 || status.uid === uid;
    // Windows has no owners and modes.
    if (!isOwn || (uid >= 0 && (status.mode & 0o022) !== 0)) throw new Error("others may write it");
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}
