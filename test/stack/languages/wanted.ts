/** A value that is an output of another resource of the program: `{ $output: "knocks.current" }`. */
export interface OutputOf {
  readonly $output: string;
}

/** A resource that a program is to declare. */
export interface WantedResource {
  readonly type: "PortKnock" | "KnockSequence" | "OpenDoor" | "PortKnockFleet";
  readonly properties: Readonly<Record<string, unknown>>;
  readonly dependsOn?: readonly string[];
}

/** What a program is to declare, by name, and what it is to put out: the same for every language. */
export interface Wanted {
  readonly resources: Readonly<Record<string, WantedResource>>;
  readonly outputs?: Readonly<Record<string, OutputOf>>;
}

export const outputOf = ($output: string): OutputOf => ({ $output });

/** The same as a program of Pulumi YAML. JSON is YAML. */
export function asYaml({ resources, outputs = {} }: Wanted): string {
  const declared = Object.entries(resources).map(([name, { type, properties, dependsOn }]) => [
    name,
    {
      type: `portknock:${type}`,
      properties: interpolated(properties),
      ...(dependsOn && { options: { dependsOn: dependsOn.map((other) => `\${${other}}`) } }),
    },
  ]);
  const program = {
    name: "languages",
    runtime: "yaml",
    resources: Object.fromEntries(declared),
    outputs: interpolated(outputs),
  };
  return JSON.stringify(program, undefined, 2);
}

function interpolated(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", "$${");
  if (Array.isArray(value)) return value.map(interpolated);
  if (typeof value !== "object" || value === null) return value;
  if ("$output" in value) return `\${${value.$output}}`;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, interpolated(part)]));
}
