/**
 * What people are told, situation by situation: each text that a mistake, a strange host or an attack leads to. Tests take
 * their expectations from here, so that a reviewer reads all of them at once. `<…>` stands for what differs from run to run.
 */
export const situations = {
  // --- Keys and logins ---
  "key is empty": "<field>: must not be empty",
  "key is a path":
    '<field>: is a path: give the text of the file, in TypeScript by `readFileSync(path, "utf8")`',
  "key is the public half":
    "<field>: is the public half of a key pair: give the private half, the file without `.pub`",
  "key has literal line breaks":
    '<field>: has the two characters `\\n` where its lines should end: turn them into line breaks, in TypeScript by `.replaceAll("\\\\n", "\\n")`',
  "key is on one line":
    '<field>: has lost its line breaks: it must have the lines of the file, and a shell keeps them only in quotes ("$KEY")',
  "key is cut off": "<field>: is cut off: its END line is missing",
  "key is damaged": "<field>: is damaged: there is no whole key between its BEGIN and END lines",
  "key is in base64": "<field>: is a key in base64: decode it first",
  "key is a body alone": "<field>: lacks its BEGIN and END lines",
  "key is an SSH certificate":
    "<field>: is an SSH certificate: give the private key that it is for, and authorize that key on the host, since certificates are not used here",
  "key is an X.509 certificate": "<field>: is an X.509 certificate: give a private key",
  "key is of PuTTY":
    "<field>: is a PuTTY key: convert it, with `puttygen FILE.ppk -O private-openssh -o FILE`, or in PuTTYgen by Conversions, Export OpenSSH key",
  "key is of a hardware token":
    "<field>: is the handle of a hardware key (FIDO), which only ssh itself can ask to sign: give a key that is whole in its file",
  "key is of a type that sshd does not take":
    "<field>: is a key of the type <type>, which SSH servers do not take: make another, with `ssh-keygen -t ed25519`",
  "key is encrypted in an unknown way":
    "<field>: is encrypted in a way that cannot be read here: encrypt it anew, with `ssh-keygen -p -Z aes256-ctr -f FILE`, or make a new key",
  "key is something else":
    "<field>: is not a private key: it must begin with `-----BEGIN OPENSSH PRIVATE KEY-----`, `-----BEGIN PRIVATE KEY-----` or the like",
  "passphrase is missing": "<field>Password: must be given: privateKey is encrypted",
  "passphrase is wrong":
    "<field>Password: must be the passphrase of privateKey: this one does not decrypt it",
  // --- Where the script never began ---
  // --- Hosts whose firewall is not as expected ---
  // --- Dead, rebuilt and shut hosts ---
  // --- Names, doors and hosts in one program ---
  // --- What people write in fields ---
  // --- The client ---
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
