/**
 * What people are told, situation by situation: each text that a mistake, a strange host or an attack leads to. Tests take
 * their expectations from here, so that a reviewer reads all of them at once. `<…>` stands for what differs from run to run.
 */
export const situations = {
  // --- Keys and logins ---
  "another key of a bastion":
    "<bastion>, connecting: the host presents the key <key> (ssh-ed25519), but the key recorded at create has <recorded> (ssh-ed25519). Host's firewall: unchanged. What to do: if the host was reinstalled, set connection.proxy.hostKey to its new key; otherwise someone may be in between.",
  "an unknown key of a bastion":
    "<bastion>, connecting: the host presents the key <key> (ssh-ed25519), which is not known. Host's firewall: unchanged. What to do: compare it with the host's own, and set connection.proxy.hostKey.",
  // --- Where the script never began ---
  // --- Hosts whose firewall is not as expected ---
  // --- Dead, rebuilt and shut hosts ---
  // --- Names, doors and hosts in one program ---
  // --- What people write in fields ---
  // --- The client ---
  // --- Answers of bad hosts ---
  "a bad host":
    "<host>, <phase>: <what>. Host's firewall: unchanged. What to do: look on the host at what answers there: neither its sshd nor our scripts send so much.",
  "a bad host, while it changes":
    "<host>, applying: <what>. Host's firewall: unknown: it goes back by itself within 60 s unless it was confirmed; see /run/portknock there, or run `pulumi refresh`. What to do: look on the host at what answers there",
  "too many lines": "its answer has more than 100000 lines",
  "too many lines of status": "its answer has more than 300000 lines",
  "too many bytes": "its answer is longer than 10 MiB",
  "a line too long": "a line of its answer is longer than 4 KiB",
  "too many words": "a line of its answer has more than 512 words",
  "too many lines of a door": "its answer has more than 25000 lines of one door",
  "too many warnings": "its answer has more than 100 warnings",
  "noise before the script":
    "it printed more than 1 MiB before the script began. Host's firewall: unchanged. What to do: look what the login shell's start-up files print there (.bashrc, .profile, /etc/profile.d).",
  "noise on stderr":
    "it printed more than 1 MiB on stderr. Host's firewall: unchanged. What to do: look what the login shell's start-up files print there (.bashrc, .profile, /etc/profile.d).",
  "too much before the login": "it sent more than 256 KiB before the login was over",
  "too much unasked": "it sent more than 1 MiB that nobody had asked for",
  "too many questions": "it asked more than 10 questions before the login was over",
  "a host key too large": "its host key is larger than 8 KiB",
  "packets too small": "it takes no packets of a usable size",
  "no end in time": "the connection ended early (the script did not end within 30000 ms)",
  "pulumi prints too much": "pulumi printed more than 256 MiB",
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
