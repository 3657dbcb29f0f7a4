import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(__dirname, "../../provider");
const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/**
 * The pipeline, in order: which places before it each place may import, besides itself. A place is a folder, a folder
 * in one, or a file of provider/ itself. `util` knows no word of the domain.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  util: [],
  "errors.ts": ["util"],
  policy: ["util"],
  derive: ["util", "policy"],
  rules: ["util", "policy"],
  "rules/iptables": ["util", "policy", "rules"],
  "rules/nftables": ["util", "policy", "rules"],
  "rules/trace": ["util", "policy", "rules"],
  lint: ["util", "policy", "derive", "rules"],
  door: ["util", "policy", "derive", "rules", "rules/iptables", "rules/nftables"],
  knock: ["util", "errors.ts", "policy"],
  host: ["util", "errors.ts", "policy", "derive", "rules", "door", "knock"],
  api: ["util", "errors.ts", "policy", "derive", "rules", "rules/trace", "lint", "door", "knock"],
  resource: ["util", "errors.ts", "policy", "derive", "rules", "lint", "door", "knock", "host", "api"],
  "resource/dynamic": ["util", "errors.ts", "policy", "derive", "lint", "door", "resource"],
  plugin: ["util", "policy", "door", "lint", "resource"],
  client: ["util", "errors.ts", "policy", "derive", "rules", "rules/trace", "lint", "door", "knock", "host"],
  "pluginClasses.ts": ["resource/dynamic"],
  organisation: ["policy", "derive", "lint", "door"],
  "index.ts": ["errors.ts", "policy", "rules", "rules/trace", "lint", "api", "resource", "resource/dynamic"],
};

/** Who may import what comes from outside, where that is said. */
const owners: Readonly<Record<string, RegExp>> = {
  zod: /^policy\/zod\.ts$/,
  ssh2: /^host\/ssh\//,
  "ssh-config": /^host\/sshConfig\//,
  "node:child_process": /^util\/process\.ts$/,
  "@pulumi/pulumi": /^resource\//,
  // The types of results alone, outside of resource/.
  "@pulumi/pulumi/dynamic": /^(resource|plugin)\//,
  "@pulumi/pulumi/proto": /^plugin\//,
  "@grpc/grpc-js": /^plugin\//,
  "google-protobuf": /^plugin\//,
};

/** What a file imports: statically, as a type, and when it is asked for. */
function importsIn(source: string): string[] {
  const found = source.matchAll(
    /^(?:import|export)[^;]*? from "([^"]+)";|^import "([^"]+)";|\bimport\(\s*"([^"]+)"\s*\)|\brequire\(\s*"([^"]+)"\s*\)/gms,
  );
  return [...found]
    .map(([, ...names]) => names.find((name) => name !== undefined) ?? "")
    .filter((name) => !name.includes("${"));
}

const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
const importsOf = (file: string) => importsIn(sources.get(file) ?? "");

/** The file of provider/ that an import names. */
function targetOf(file: string, name: string): string {
  const path = posix.join(dirname(file), name);
  return [`${path}.ts`, posix.join(path, "index.ts")].find((one) => sources.has(one)) ?? path;
}

/** The innermost place that has rules of its own. */
function placeOf(file: string): string {
  const parts = file.split("/");
  const places = parts
    .map((_, index) => parts.slice(0, index + 1).join("/"))
    .filter((place) => place in allowed);
  return places.at(-1) ?? file;
}

/** The key of `owners` for what an import names: the folders of generated messages stand for all their files. */
function packageOf(name: string): string {
  return ["@pulumi/pulumi/proto", "google-protobuf"].find((folder) => name.startsWith(`${folder}/`)) ?? name;
}

/** What is wrong with an import. */
function objection(file: string, name: string): string | undefined {
  if (name.startsWith(".")) {
    const [from, to] = [placeOf(file), placeOf(targetOf(file, name))];
    return from === to || allowed[from]?.includes(to) ? undefined : `${file} → ${name}`;
  }
  if (name.startsWith("node:") && !(name in owners)) return undefined;
  return owners[packageOf(name)]?.test(file) ? undefined : `${file} → ${name}`;
}

/** A circle of imports, as the files along it; undefined where there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const circle = walk(next, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  return [...graph.keys()].map((file) => walk(file, [])).find((circle) => circle !== undefined);
}

test("every file imports only what lies before it in the pipeline", () => {
  const wrong = files.flatMap((file) => importsOf(file).flatMap((name) => objection(file, name) ?? []));
  expect(wrong).toEqual([]);
});

test("the pipeline has an order, and every place is in it", () => {
  const order = Object.keys(allowed);
  for (const [place, before] of Object.entries(allowed)) {
    expect(before.filter((one) => !order.slice(0, order.indexOf(place)).includes(one))).toEqual([]);
  }
  expect(files.filter((file) => !(placeOf(file) in allowed))).toEqual([]);
});

test("no file imports itself by way of others", () => {
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter((name) => name.startsWith("."))
        .map((name) => targetOf(file, name)),
    ]),
  );
  expect([...graph.values()].flat().filter((target) => !sources.has(target))).toEqual([]);
  expect(circleIn(graph)).toBeUndefined();
});

test("imports are found, and what is not allowed is seen", () => {
  expect(files.flatMap(importsOf).length).toBeGreaterThan(files.length);
  expect(
    importsIn(
      'import { a } from "./a";\nexport type { b } from "./b";\nimport "./c";\nconst d = await import("./d");\nrequire("./e");',
    ),
  ).toEqual(["./a", "./b", "./c", "./d", "./e"]);
  expect(objection("rules/ir.ts", "../host/execute")).toBeDefined();
  expect(objection("rules/ir.ts", "./iptables/names")).toBeDefined();
  expect(objection("host/execute.ts", "zod")).toBeDefined();
  expect(objection("host/execute.ts", "../rules/ir")).toBeUndefined();
  expect(
    circleIn(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["a"]],
      ]),
    ),
  ).toEqual(["a", "b", "c", "a"]);
});

test("no file is longer than one concept takes", () => {
  const long = [...sources].filter(([, source]) => source.split("\n").length > 250).map(([file]) => file);
  expect(long).toEqual([]);
});
