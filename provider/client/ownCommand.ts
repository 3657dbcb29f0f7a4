import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { quote } from "../util/shellQuote";

/** How another program of this machine starts this command: by its name if PATH leads to it, else by its path. */
export function ownCommand(): string {
  const main = realpathSync(process.argv[1] ?? join(__dirname, "main.js"));
  const isOnPath = (process.env.PATH ?? "").split(delimiter).some((folder) => leadsTo(folder, main));
  return isOnPath ? "portknock" : quote(main);
}

/** npx puts the project's own commands on PATH; other programs do not have them there. */
function leadsTo(folder: string, main: string): boolean {
  if (folder.endsWith("node_modules/.bin")) return false;
  try {
    const found = join(folder, "portknock");
    accessSync(found, constants.X_OK);
    return realpathSync(found) === main;
  } catch {
    return false;
  }
}
