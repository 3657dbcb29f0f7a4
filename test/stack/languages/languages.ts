import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../stack";
import { asYaml, type Wanted } from "./wanted";

/** A language of programs, and who runs their resources. */
export interface Language {
  readonly name: string;
  /** A folder of test/stack. */
  readonly program: string;
  /** What the type of a resource begins with. */
  readonly module: string;
  declare(stack: Stack, wanted: Wanted): Promise<void>;
}

const PLUGIN = "portknock:index";

const viaFile =
  (more: object = {}) =>
  (stack: Stack, { resources, outputs = {} }: Wanted) =>
    writeFile(join(stack.project, "doors.json"), JSON.stringify({ ...more, resources, outputs }));

export const yaml: Language = {
  name: "Pulumi YAML",
  program: "languages/yaml",
  module: PLUGIN,
  declare: (stack, wanted) => writeFile(join(stack.project, "Pulumi.yaml"), asYaml(wanted)),
};

export const python: Language = {
  name: "Python",
  program: "languages/python",
  module: PLUGIN,
  declare: viaFile(),
};

export const nodePlugin: Language = {
  name: "TypeScript with the plugin",
  program: "languages/node",
  module: PLUGIN,
  declare: viaFile({ frontEnd: "plugin" }),
};

export const nodeDynamic: Language = {
  name: "TypeScript with a dynamic provider",
  program: "languages/node",
  module: "pulumi-nodejs:dynamic/portknock",
  declare: viaFile({ frontEnd: "dynamic" }),
};
