/**
 * What people are told, situation by situation: each text that a mistake, a strange host or an attack leads to. Tests take
 * their expectations from here, so that a reviewer reads all of them at once. `<…>` stands for what differs from run to run.
 */
export const situations = {
  // --- Keys and logins ---
  // --- Where the script never began ---
  // --- Hosts whose firewall is not as expected ---
  unreadableTable:
    "the IPv4 filter table cannot be read: iptables-save ended with 0 and printed # Table `filter' is incompatible, use 'nft' tool. - nft's table ip filter has in its chain INPUT what iptables cannot show, and what belongs into a table of another name, such as: fib saddr type local counter",
  readOnlyEtcRefused:
    "the change could not be stored for the next boot: mkdir: cannot create directory '/etc/portknock': Read-only file system. Host's firewall: applied, not persisted. What to do: make /etc writable there and run `pulumi up` again, or set onUnpersisted: \"warn\" and have a `pulumi up --refresh` follow each boot.",
  readOnlyEtcWarned:
    "/etc is read-only: a reboot takes the doors away, until a refresh and an up put them back",
  fixedLists:
    "the lists of xt_recent cannot be written here, as in a container: a grant that a change or the check of an up should end goes on until it runs out",
  nftDropsAll:
    "nft's own table inet fw, chain <chain> drops what it does not let in: what it drops, no door opens. Let the door's ports and its knocks in there",
  nftDropsSome:
    "What to do: nft's own table inet fw, chain input drops packets before the door or after it: let the door's ports and its knocks in there.",
  noU32:
    "IPv4: iptables or the kernel lacks u32. Host's firewall: unchanged. What to do: leave out what needs the match u32: <users>. RHEL 9 and 10 and their rebuilds have no xt_u32, in no package.",
  noMatch:
    "IPv4: iptables or the kernel lacks recent. Host's firewall: unchanged. What to do: install all of iptables (RHEL: iptables-nft) and of the kernel's modules (RHEL: kernel-modules-extra, which from RHEL 10.2 on also has nft_compat, without which no match works; reboot after installing it).",
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
