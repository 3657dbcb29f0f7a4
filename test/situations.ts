/**
 * What people are told, situation by situation: each text that a mistake, a strange host or an attack leads to. Tests take
 * their expectations from here, so that a reviewer reads all of them at once. `<…>` stands for what differs from run to run.
 */
export const situations = {
  // --- Keys and logins ---
  // --- Where the script never began ---
  // --- Hosts whose firewall is not as expected ---
  // --- Dead, rebuilt and shut hosts ---
  // --- Names, doors and hosts in one program ---
  // --- What people write in fields ---
  // --- The client ---
  "configuration that is wrong": "<path> is wrong:",
  "configured door of a hostile name":
    "<place>.name: must be a name of up to 200 letters (a to z), digits, `.`, `_` and `-` that begins with none of `.` and `-`\n<place>.host: must be a host name or an address (IPv6 without brackets)",
  "host of a hostile name": "HOST must be a host name or an address (IPv6 without brackets)",
  "stack's door of a hostile host":
    "a clientConfig of the stack's outputs is wrong:\ndoors[0].host: must be a host name or an address (IPv6 without brackets)",
  "stack outputs that are no JSON": "pulumi does not tell the stack's outputs as JSON",
  "pulumi fails": "pulumi does not tell the stack's outputs: \\x1b]52;c;eA==\\x07no stack",
  // --- Answers of bad hosts ---
} as const satisfies Readonly<Record<string, string>>;

export type Situation = keyof typeof situations;

/** The text of a situation, with a value for each `<name>` in it. A name without a value, or a value too many, throws. */
export function told(situation: Situation, values: Readonly<Record<string, string | number>> = {}): string {
  const used = new Set<string>();
  const text = (situations[situation] as string).replace(/<([a-zA-Z]+)>/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${situation}: no value for <${name}>`);
    used.add(name);
    return String(value);
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`${situation}: no <${unused.join(">, <")}> in its text`);
  return text;
}
