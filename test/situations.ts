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
  "a configuration that names no host":
    "the configuration's `hosts` names no host: pulumi config set --path 'hosts.web.host' 192.0.2.11",
  "a configuration with hosts without addresses":
    "the configuration's `hosts` names no host under <names>: pulumi config set --path 'hosts.<first>.host' 192.0.2.11",
  "a host in a field": "<path>: must be a name or an address alone: <mistakes>",
  "no host at all": "<path>: must be a host name or an address (IPv6 without brackets)",
  "a sequence as a wrong text":
    "<path>: step <step> of the sequence is not written as tcp/PORT, udp/PORT, udp/PORT/hex:DIGITS or icmp/BYTES",
  "a sequence of another kind":
    "<path>: must be a list of steps, or a text such as tcp/PORT,udp/PORT,icmp/BYTES",
  "a step of another kind":
    '<path>: must be a step such as { protocol: "tcp", port: … } or { protocol: "icmp", payloadBytes: … }',
  "a door of another kind": '<path>: must be a list of services such as [{ protocol: "tcp", ports: [22] }]',
  "a service of another kind": '<path>: must be a service such as { protocol: "tcp", ports: [22] }',
  "an ignored service of another kind":
    '<path>: must be a service such as { protocol: "tcp", ports: [22] } or { protocol: "icmp" }',
  "ports of another kind": '<path>: must be a list of ports such as [22, "8000-8010"]',
  "an unknown field": "<path>: is no field; did you mean <name>? allowed: <allowed>",
  "an unknown field within another": "<path>: has no field <field>; did you mean <name>? allowed: <allowed>",
  "more than a host": "must be a name or an address alone: <mistakes>",
  // --- The client ---
  "a wrong number": "<name> takes <what>, a whole number from <min> to <max>",
  "status of a host that does not let in":
    "<host>, connecting: no SSH connection to port <port> in 3 tries and <seconds> s; knocked: <knocked> (no answer within 8000 ms). Host's firewall: unchanged. What to do: check that the host is up, and --port; where a door guards SSH, say how to knock (--sequence, --policy, $PORTKNOCK_SEQUENCE, ~/.config/portknock/config.json), or give --stack, whose state has it.",
  "status of a host whose key is not known":
    "<host>, connecting: the host presents the key <key> (ssh-ed25519), which is not known. Host's firewall: unchanged. What to do: compare the key with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there); then ssh-keygen -R HOST takes an old one out of known_hosts, and the first ssh there records the new one. --stack has the key that was recorded at create.",
  "a host key that known_hosts has otherwise":
    "<host>, connecting: the host presents the key <key> (ssh-ed25519), but <file>:<line> has <known> (ssh-ed25519). Host's firewall: unchanged. What to do: if the host was reinstalled, run `ssh-keygen -R '<host>' -f '<file>'`, and set connection.hostKey to its new key; otherwise someone may be in between.",
  "a port of SSH at which nothing listens":
    "<host>, connecting: no SSH connection to port <port> in 1 tries and 0 s; knocked: nothing, since no door on its SSH port is known (connect ECONNREFUSED <host>:<port>). Host's firewall: unchanged. What to do: check that the host is up and reachable from here; if another stack's door guards its SSH port, give that door's sequence as connection.knock; if this `up` also removes the door there, let that be an `up` of its own. The connection is refused: check that sshd listens on connection.port.",
  "no token is left":
    "<host>, knocking: no one-time token is left. Host's firewall: unchanged. What to do: take the door's new clientConfig, which an `up` after a `refresh` makes.",
  "Pulumi does not get in":
    "<host>, connecting: no SSH connection to port 22 in <tries> tries and <seconds> s; knocked: revision <revision> of this door's sequence (no answer within 4000 ms). Host's firewall: unchanged. What to do: check that the host is up and reachable from here; if another stack's door guards its SSH port, give that door's sequence as connection.knock; if this `up` also removes the door there, let that be an `up` of its own. Check also that nothing else sends the host packets with this address meanwhile, of your own or forged, since each is a wrong knock. Traffic of your own: name its ports in the door's `ignore`. Forged packets: use one-time tokens, `allowFrom`, or a VPN such as WireGuard.",
  "a door that stays shut without an answer":
    "<host>, knocking: tcp/<port> stayed shut for <seconds> s. Sent <tries> times: <kinds>, 30 ms apart, from <source> to <address>. Each connection after it was left without an answer. Host's firewall: unchanged. What to do: check that the sequence is the door's present one (it may have been rotated), or that its tokens are (a reboot of the host uses all up); that the host is up; that knocks and connection reach it from one address (carrier NAT and some VPNs change it); that no network on the way filters or reorders the knocks (try --delay 200); that nothing else sends the host packets with this address meanwhile, of your own or forged, since each is a wrong knock. Traffic of your own: name its ports in the door's `ignore`. Forged packets: use one-time tokens, `allowFrom`, or a VPN such as WireGuard.",
  "a port that refuses":
    "<host>, knocking: tcp/<port> stayed shut for <seconds> s. Sent <tries> times: <kinds>, 30 ms apart, from <source> to <address>. Each connection after it was refused. Host's firewall: unchanged. What to do: check that the service listens on the door's port, and that this is the right port; that the sequence is the door's present one, if the door answers as a closed port does; in that case also that nothing else sends the host packets with this address meanwhile, of your own or forged, since each is a wrong knock. Traffic of your own: name its ports in the door's `ignore`. Forged packets: use one-time tokens, `allowFrom`, or a VPN such as WireGuard.",
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
