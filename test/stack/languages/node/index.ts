import { readFileSync } from "node:fs";
import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";
import * as dynamic from "pulumi-portknock";
import * as plugin from "pulumi-portknock/plugin";

/** What ../wanted.ts describes, and which of the two front ends declares it. */
const { frontEnd, resources, outputs } = JSON.parse(readFileSync("doors.json", "utf8"));

type Class = new (name: string, properties: object, options: CustomResourceOptions) => Resource;
const classes = (frontEnd === "plugin" ? plugin : dynamic) as unknown as Record<string, Class>;
const made: Record<string, Record<string, unknown>> = {};
const wanted = Object.entries<{ type: string; properties: object; dependsOn?: string[] }>(resources);

function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  if ("$output" in value) {
    const [name = "", property = ""] = String(value.$output).split(".");
    // YAML takes a list of at most one for it.
    return made[name]?.[property === "previousSequences" ? "previous" : property];
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, resolved(part)]));
}

for (const [name, { type, properties, dependsOn = [] }] of wanted) {
  const others = dependsOn.map((other) => made[other] as unknown as Resource);
  const Declared = classes[type];
  if (Declared === undefined) throw new Error(`no class ${type}`);
  made[name] = new Declared(name, resolved(properties) as object, {
    dependsOn: others,
  }) as unknown as Record<string, unknown>;
}

module.exports = resolved(outputs);
