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
    "<host>, confirming: tcp/<port> is open without a knock, although the door's rules were loaded. No NAT rule of the host takes them past the door. Host's firewall: rolled back. What to do: look for a tool that puts its own rules before the door's jump (iptables -S INPUT), for a proxy on the way that answers for the host (connect through connection.proxy then), and for someone behind your address who has just knocked (run `pulumi up` again).",
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
  // --- Names, doors and hosts in one program ---
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
