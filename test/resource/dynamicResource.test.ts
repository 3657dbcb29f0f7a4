import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shimOf } from "../../provider/resource/dynamic/dynamicResource";

const ROOT = join(__dirname, "../..");
const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** What of a dynamic provider Pulumi calls (sdk/nodejs/cmd/dynamic-provider). */
const OPERATIONS = ["check", "create", "delete", "diff", "read", "update"];

test.each(["lifecycle", "open-door", "knock-sequence"] as const)(
  "the text in every state finds all operations of %s, and nothing else",
  async (subpath) => {
    const text = shimOf(subpath);
    expect(text).toBe(`exports.handler = () => require("pulumi-portknock/${subpath}");\n`);
    const { default: compiled } = exports[`./${subpath}`];
    const source = compiled.replace("./dist/", `${ROOT}/provider/`).replace(/\.js$/, ".ts");
    expect(Object.keys(await import(source)).sort()).toEqual(OPERATIONS);
  },
);
