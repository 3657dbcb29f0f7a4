import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { REPOSITORY } from "./stack";

const NAME = "pulumi-resource-command";
const FOLDER = join(REPOSITORY, "node_modules/.cache/portknock");
const PACKED = join(REPOSITORY, "../shared/tools", `${NAME}.xz`);

/**
 * Puts the real plugin of @pulumi/command on PATH, where it can be had: it is on PATH, installed by pulumi, or lies
 * packed beside the repository. Otherwise it says why not, and returns undefined.
 */
export function commandPlugin(): string | undefined {
  const found = onPath() ?? installed() ?? unpacked();
  if (found === undefined) {
    console.log(
      `skipped: no ${NAME} on PATH, none from \`pulumi plugin install resource command\`, no ${PACKED}`,
    );
    return undefined;
  }
  process.env.PATH = [found, process.env.PATH].join(delimiter);
  return found;
}

function onPath(): string | undefined {
  return process.env.PATH?.split(delimiter).find((folder) => existsSync(join(folder, NAME)));
}

function installed(): string | undefined {
  const home = process.env.PULUMI_HOME ?? join(process.env.HOME ?? "", ".pulumi");
  const plugins = join(home, "plugins");
  const name =
    existsSync(plugins) && readdirSync(plugins).find((name) => name.startsWith("resource-command-v"));
  return name ? join(plugins, name) : undefined;
}

function unpacked(): string | undefined {
  if (!existsSync(PACKED)) return undefined;
  mkdirSync(FOLDER, { recursive: true });
  const script = 'test -x "$2" || { xz -dc "$1" >"$2.new" && chmod 755 "$2.new" && mv "$2.new" "$2"; }';
  execFileSync("sh", ["-ec", script, "sh", PACKED, join(FOLDER, NAME)]);
  return FOLDER;
}
