/**
 * What people are told, situation by situation: each text that a mistake, a strange host or an attack leads to. Tests take
 * their expectations from here, so that a reviewer reads all of them at once. `<…>` stands for what differs from run to run.
 */
export const situations = {
  // --- Keys and logins ---
  // --- Where the script never began ---
  // --- Hosts whose firewall is not as expected ---
  "port open without a knock, by NAT":
    "<host>, confirming: tcp/<port> is open without a knock, although the door's rules were loaded. <nat>. Host's firewall: rolled back. What to do: do as said of the NAT rule, then run `pulumi up` again.",
  "port open without a knock, for no reason that the host tells":
    "<host>, confirming: tcp/<port> is open without a knock, although the door's rules were loaded. No NAT rule that iptables or nft shows there takes them past the door. Host's firewall: rolled back. What to do: look for a tool that puts its own rules before the door's jump (iptables -S INPUT), for a proxy on the way that answers for the host (connect through connection.proxy then), and for someone behind your address who has just knocked (run `pulumi up` again).",
  "NAT gives packets another port":
    "NAT may take tcp/<port> past the door (IPv<family>, `<rule>`): INPUT sees it as tcp/<seen>, which no door guards. To close it, name the port that INPUT sees in a door, or take the rule away",
  "NAT sends packets elsewhere":
    "NAT may take tcp/<port> past the door (IPv<family>, `<rule>`): it sends packets elsewhere, and INPUT does not see them. To guard the port, give a door the chain FORWARD (for containers DOCKER-USER), or take the rule away",
  "NAT brings another port to the door":
    "NAT brings tcp/<port> to a door (IPv<family>, `<rule>`): INPUT sees it as tcp/<seen>, which a door guards, so it is closed too. Where Pulumi connects by that port, give the sequence of that door as connection.knock",
  "NAT cannot be read":
    "the NAT rules for IPv<family> cannot be read here (by iptables-save or nft): whether one takes a port past a door is not known",
  "a door of an older state that was not seen closed":
    "<name>: when this door was last changed, its port was not seen closed before the knock (verified.closedBeforeKnock). What to do: `pulumi refresh` names a NAT rule that leads past it; `pulumi up --replace` with the URN of this resource looks again, and takes a door back that does not close",
  // --- Dead, rebuilt and shut hosts ---
  "refresh or delete, and nobody answers":
    "If the host is gone for good: set onUnreachable: \"abandon\" on this door and run `pulumi up` without --refresh, which then needs no host; after that, take the door out of the program, or run `pulumi destroy`. A new connection.host may be given in the same `pulumi up`. As the last resort, `pulumi state delete '<urn>'` forgets the door.",
  "the way by the console":
    "at a console of the host, `sh /etc/portknock/load.sh` (or a reboot) loads the doors as they were last confirmed; else `iptables -D INPUT -m comment --comment portknock -j PORTKNOCK`, and the same with ip6tables, opens its ports until the next `pulumi up --refresh`",
  "a door on SSH that lacked rules when it was last read":
    "when the host was last read, its rules were not all that the door on its SSH port needs (see `rules` in the diff), so a knock may not open it.",
  "a door on SSH that the knock does not open":
    "check that the host is up and reachable from here. If an earlier `pulumi up` was killed, or its program was reverted since, the host may hear that program's sequence: give it as connection.knock, and run `pulumi up` without --refresh (a refresh knocks as the state says). If another stack's door guards the SSH port too, give that door's sequence as connection.knock. If this `up` also removes the door there, let that be an `up` of its own. If nothing opens it, <console>.",
  "a host that does not answer, told while it is tried": "try <tries> of <limit>, <host>:22 does not answer",
  "an up that waits for another one's timer":
    "<host> waits for an unconfirmed apply of <owner>: it is confirmed, or the host's timer takes it back",
  // --- Names, doors and hosts in one program ---
  "a renamed door without aliases":
    '<host>, applying: tcp/22 belongs to the door <owner>. Host\'s firewall: unchanged. What to do: if this is that door under another name or parent, tell Pulumi so: `new PortKnock("<name>", { … }, { aliases: [{ name: "<former>" }] })`. If the program is to remove that door, do so in a `pulumi up` of its own first: Pulumi deletes last. A port of a host can have one door.',
  "a port that another stack's door has":
    "a port of a host can have one door, and that one is of another stack: remove it there first, or take another port.",
  "a port of two doors of one program":
    "<port> of <host> belongs to the door <door> of this program as well: a port of a host can have one door. Give each door ports of its own, or leave one of the two out",
  "the former name of a renamed door":
    "name: is the former name of the door <door>, which has it on the host still: give this door another one",
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
