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
  "agent has too many keys":
    "<host>, connecting: the host ended the login of root after too many failures; tried: the <keys> keys of the ssh-agent. Host's firewall: unchanged. What to do: give the one key that it takes as connection.privateKey, or an agent that has no other (connection.agentSocketPath).",
  "agent is empty":
    "the ssh-agent of <source> has no key that can be used here: it is empty or locked, or has only certificates and hardware keys",
  "agent's socket is missing": "the ssh-agent of <source> does not run: its socket does not exist",
  "agent does not listen": "the ssh-agent of <source> does not run: nobody listens on its socket",
  "agent is none": "the ssh-agent of <source> does not answer as an agent does",
  "login is refused":
    "<host>, connecting: the <noun> refuses to log <user> in; tried: <tried><takes>. Host's firewall: unchanged. What to do: check <path>.user and its credentials. The log of its sshd says why: a key that is not authorized, a wrong password, an account that is locked, a shell that does not exist, PermitRootLogin.",
  "login wants more":
    "<host>, connecting: the host took the private key of <user>, and wants more: <wants>. Host's firewall: unchanged. What to do: give what it wants as well (connection.password for password and keyboard-interactive), or change its AuthenticationMethods.",
  "login is ended by the host":
    "<host>, connecting: the host ended the connection while it logged <user> in. Host's firewall: unchanged. What to do: see the log of its sshd; an account that has expired (chage -l <user>), or that PAM or a limit keeps out, ends so.",
  "no algorithm in common":
    "<host>, connecting: the host and this client have no <what> in common. Host's firewall: unchanged. What to do: have its sshd take one of <known> as well (sshd_config(5), <option>).",
  "nothing listens":
    "<host>, connecting: port <port> refuses connections, in <tries>: nothing listens there, or a firewall rejects it; knocked: <knocked>. Host's firewall: unchanged. What to do: check connection.port, and that sshd runs on the host.",
  "something else listens":
    "<host>, connecting: what listens on port <port> is not an SSH server. Host's firewall: unchanged. What to do: set connection.port to the port of the host's sshd.",
  "name does not exist":
    "<host>, connecting: the name of the host does not exist in DNS. Host's firewall: unchanged. What to do: check connection.host.",
  "DNS does not answer":
    "<host>, connecting: DNS does not answer for the name of the host, in <tries> tries. Host's firewall: unchanged. What to do: check the name servers of this machine, or give an address as connection.host.",
  "sshd drops connections":
    "<host>, connecting: no SSH connection to port 22 in <tries> tries and <seconds> s; knocked: <knocked> (its sshd drops connections: too many are logging in (MaxStartups)). Host's firewall: unchanged.",
  "bastion may not forward":
    "<bastion>, connecting: the bastion may not open connections to <host>, port <port>. Host's firewall: unchanged. What to do: in its sshd_config set AllowTcpForwarding to yes or local, and let PermitOpen have each port that is knocked on and the SSH port; or take `restrict` and `no-port-forwarding` from the key's line in authorized_keys.",
  "bastion does not know the name":
    "<bastion>, connecting: the bastion does not know the name <host>. Host's firewall: unchanged. What to do: give connection.host as the bastion knows it, such as its address.",
  "bastion refuses connections":
    "<bastion>, connecting to the bastion: port <port> refuses connections, in 4 tries: nothing listens there, or a firewall rejects it. Host's firewall: unchanged. What to do: check connection.proxy.port, and that sshd runs on the bastion. If a door guards the bastion's SSH port, give its sequence as connection.proxy.knock.",

  "another key of a bastion":
    "<bastion>, connecting: the host presents the key <key> (ssh-ed25519), but the key recorded at create has <recorded> (ssh-ed25519). Host's firewall: unchanged. What to do: if the host was reinstalled, set connection.proxy.hostKey to its new key; otherwise someone may be in between.",
  "an unknown key of a bastion":
    "<bastion>, connecting: the host presents the key <key> (ssh-ed25519), which is not known. Host's firewall: unchanged. What to do: compare it with the host's own, and set connection.proxy.hostKey.",
  "an alias for which ~/.ssh/config has what cannot be":
    "connection.host: ~/.ssh/config has for it <what>. Mend that, or give connection.sshConfig: false",
  "identity files of ~/.ssh/config that cannot be used":
    "<field>: no IdentityFile that ~/.ssh/config names can be used here: <problems>: put the key there, give privateKey (and privateKeyPassword for one with a passphrase), or run an ssh-agent that has the key",
  "identity files that are gone when they are needed":
    "<host>, connecting: no IdentityFile that ~/.ssh/config names can be used here: <problems>. Host's firewall: unchanged. What to do: put the key there, give privateKey (and privateKeyPassword for one with a passphrase), or run an ssh-agent that has the key.",
  "a line of ~/.ssh/config that is not followed":
    "<owner>: connection.host: what is taken from ~/.ssh/config does not follow <what>",
  "a ~/.ssh/config that cannot be read":
    "<owner>: connection.host: ~/.ssh/config cannot be read (<why>): nothing is taken from it here",
  // --- Where the script never began ---
  "user has no shell":
    "<start>: <user> has no login shell; it printed: This account is currently not available.. Host's firewall: unchanged. What to do: set connection.user to one that has a shell, or give it one there: `chsh -s /bin/sh <user>`.",
  "nothing started":
    "<start>: the login shell of <user> did not start the script; it printed<words>. Host's firewall: unchanged. What to do: have `ssh <user>@HOST true` work and end with 0: see the login shell (getent passwd <user>), a command forced by authorized_keys or sshd_config, and startup files that end the shell or start another.",
  "user may only use SFTP":
    "<start>: <user> may only use SFTP; it printed: This service allows sftp connections only.. Host's firewall: unchanged. What to do: set connection.user to one whom the host's sshd_config gives no ForceCommand, nor the key's line in authorized_keys.",
  "root is turned away by the cloud's image":
    '<start>: the key of <user> runs another command there, as images of clouds have it; it printed: Please login as the user "admin" rather than the user "root".. Host\'s firewall: unchanged. What to do: set connection.user to admin, and connection.sudo to true.',
  "shell is restricted":
    "<start>: the login shell of <user> is a restricted one; it printed<words>. Host's firewall: unchanged. What to do: set connection.user to one with another shell, or change it there: `chsh -s /bin/sh <user>`.",
  "password has expired":
    "<start>: the password of <user> has expired; it printed<words>. Host's firewall: unchanged. What to do: set a new one there with `passwd <user>`, or have it last for ever: `chage -M -1 <user>`.",
  "another shell reads the script":
    "<start>: another shell than sh reads the script: a startup file of <user> starts it; it printed<words>. Host's firewall: unchanged. What to do: in the startup files (~/.bashrc, ~/.zshenv, ~/.ssh/rc, …) start another shell for terminals alone: case $- in *i*) exec zsh ;; esac.",
  "sudo is missing":
    "<start>: there is no sudo for <user>; it printed<words>. Host's firewall: unchanged. What to do: install it, or log in as root without connection.sudo.",
  "sudo wants a password":
    "<start>: sudo wants a password of <user>; it printed: sudo: a password is required. Host's firewall: unchanged. What to do: give connection.sudoPassword, or have in sudoers `<user> ALL=(ALL) NOPASSWD: ALL`.",
  "sudo wants a terminal":
    "<start>: sudo wants a password of <user>, or a terminal; it printed<words>. Host's firewall: unchanged. What to do: give connection.sudoPassword, or have in sudoers `<user> ALL=(ALL) NOPASSWD: ALL` and no requiretty.",
  "sudo is not for this user":
    "<start>: <user> may not run sh with sudo; it printed<words>. Host's firewall: unchanged. What to do: have in sudoers `<user> ALL=(ALL) ALL`, or log in as another user.",
  "what the script prints is sent away":
    "<start>: the apply script did not run to its end: . Host's firewall: unknown: unless the change was confirmed, it should roll back by itself within <seconds> s; `pulumi refresh` shows it.",
  // --- Hosts whose firewall is not as expected ---
  "a script hangs on the host":
    "<host>, applying: the lock /run/portknock.lock was not free for 10 s. It was last taken by the process <process> there: end it if it hangs. Host's firewall: unchanged.",
  unreadableTable:
    "the IPv4 filter table cannot be read: iptables-save ended with 0 and printed # Table `filter' is incompatible, use 'nft' tool. - nft's table ip filter has in its chain INPUT what iptables cannot show, and what belongs into a table of another name, such as: fib saddr type local counter",
  readOnlyEtcRefused:
    "the change could not be stored for the next boot: mkdir: cannot create directory '/etc/portknock': Read-only file system. Host's firewall: applied, not persisted: the next boot may load the rules from before. What to do: make /etc writable there and run `pulumi up` again, or set onUnpersisted: \"warn\" and have a `pulumi up --refresh` follow each boot.",
  readOnlyEtcWarned:
    "/etc is read-only: a reboot takes the doors away, until a refresh and an up put them back",
  fixedLists:
    "the lists of xt_recent cannot be written here, as in a container: a grant that a change or the check of an up should end goes on until it runs out",
  nftDropsAll:
    "nft's own table inet fw, chain <chain> drops what it does not let in: what it drops, no door opens. Let the door's ports and its knocks in there",
  nftDropsSome:
    "What to do: nft's own table inet fw, chain <chain> drops packets before the door or after it: let the door's ports and its knocks in there.",
  "a host without iptables":
    '<host>, applying: iptables-save is missing: install iptables. Host\'s firewall: unchanged. What to do: do that, or set backend: "nftables".',
  noU32:
    "IPv6: iptables or the kernel lacks u32. Host's firewall: unchanged. What to do: leave out what needs the match u32: <users>. RHEL 9 and 10 and their rebuilds have no xt_u32, in no package.",
  noMatch:
    "IPv6: iptables or the kernel lacks recent. Host's firewall: unchanged. What to do: install all of iptables (RHEL: iptables-nft) and of the kernel's modules (RHEL: kernel-modules-extra, which from RHEL 10.2 on also has nft_compat, without which no match works; reboot after installing it).",
  "port open without a knock, by NAT":
    "<host>, confirming: tcp/<port> is open without a knock, although the door's rules were loaded. <nat>. Host's firewall: rolled back. What to do: do as said of the NAT rule, then run `pulumi up` again.",
  "port open without a knock, for no reason that the host tells":
    "<host>, confirming: tcp/<port> is open without a knock, although the door's rules were loaded. No NAT rule that iptables or nft shows there takes them past the door. Host's firewall: rolled back. What to do: look for a tool that puts its own rules before the door's jump (iptables -S INPUT), for a proxy on the way that answers for the host (connect through connection.proxy then), and for someone behind your address who has just knocked (run `pulumi up` again).",
  "NAT gives packets another port":
    "NAT may take tcp/<port> past the door (IPv<family>, `<rule>`): INPUT sees it as tcp/<seen>, which no door guards. To close it, name the port that INPUT sees in a door, or take the rule away",
  "NAT sends packets elsewhere":
    "NAT may take tcp/<port> past the door (IPv<family>, `<rule>`): it sends packets elsewhere, and INPUT does not see them. To guard the port, give a door the chain FORWARD (in iptables, for containers: DOCKER-USER), or take the rule away",
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
    "name: <former> is the former name of the door <door>, which has it on the host still: give the new door another name",
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
  "an unknown field": "<path>: is an unknown field; did you mean <name>? allowed: <allowed>",
  "an unknown field within another":
    "<path>: has the unknown field <field>; did you mean <name>? allowed: <allowed>",
  "more than a host": "must be a name or an address alone: <mistakes>",
  // --- The client ---
  "configuration that is wrong": "<path> is wrong:",
  "configured door of a hostile name":
    "<place>.name: must be a name of up to 200 letters (a to z), digits, `.`, `_` and `-`, and must not begin with `.` or `-`\n<place>.host: must be a host name or an address (IPv6 without brackets)",
  "host of a hostile name": "HOST must be a host name or an address (IPv6 without brackets)",
  "stack's door of a hostile host":
    "a clientConfig of the stack's outputs is wrong:\ndoors[0].host: must be a host name or an address (IPv6 without brackets)",
  "stack outputs that are no JSON": "pulumi did not print the stack's outputs as JSON",
  "pulumi fails": "pulumi cannot read the stack's outputs: \\x1b]52;c;eA==\\x07no stack",
  "options that exclude each other":
    "<one> and <other> do not go together: the stack's state says how to log in and how to knock",
  "a wrong number": "<name> takes <what>, a whole number from <min> to <max>",
  "status of a host that does not let in":
    "<host>, connecting: no SSH connection to port <port> in 3 tries and <seconds> s; knocked: <knocked> (no answer within 8000 ms). Host's firewall: unchanged. What to do: check that the host is up, and --port. If a door guards SSH, give its sequence (--sequence, --policy, $PORTKNOCK_SEQUENCE, ~/.config/portknock/config.json), or --stack: its state has the sequence.",
  "status of a host whose key is not known":
    "<host>, connecting: the host presents the key <key> (ssh-ed25519), which is not known. Host's firewall: unchanged. What to do: compare the key with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there); then `ssh-keygen -R HOST` removes an old key from known_hosts, and the next ssh to the host records the new one. --stack uses the key that was recorded at create.",
  "a host key that known_hosts has otherwise":
    "<host>, connecting: the host presents the key <key> (ssh-ed25519), but <file>:<line> has <known> (ssh-ed25519). Host's firewall: unchanged. What to do: if the host was reinstalled, run `ssh-keygen -R '<host>' -f '<file>'`, and set connection.hostKey to its new key; otherwise someone may be in between.",
  "no token is left":
    "<host>, knocking: no one-time token is left. Host's firewall: unchanged. What to do: take the door's new clientConfig, which an `up` after a `refresh` makes.",
  "Pulumi does not get in":
    "<host>, connecting: no SSH connection to port 22 in <tries> tries and <seconds> s; knocked: revision <revision> of this door's sequence (no answer within 4000 ms). Host's firewall: unchanged. What to do: check that the host is up and reachable from here.",
  "what else may keep Pulumi out":
    "Check also that nothing else sends packets to the host from this address meanwhile, your own or forged, because each is a wrong knock. For your own traffic, name its ports in the door's `ignore`. Against forged packets, use one-time tokens, `allowFrom`, or a VPN such as WireGuard.",
  "a door that stays shut without an answer":
    "<host>, knocking: tcp/<port> stayed shut for <seconds> s. Sent <tries> times: <kinds>, 30 ms apart, from <source> to <address>. Each connection after it was left without an answer. Host's firewall: unchanged. What to do: check that this is the door's current sequence (it may have been rotated), or that the tokens are unused (a reboot of the host uses up all of them); that the host is up; that knocks and connection reach it from one address (carrier NAT and some VPNs change it); that no network on the way filters or reorders the knocks (try --delay 200); that nothing else sends packets to the host from this address meanwhile, your own or forged, because each is a wrong knock. For your own traffic, name its ports in the door's `ignore`. Against forged packets, use one-time tokens, `allowFrom`, or a VPN such as WireGuard.",
  "a port that refuses":
    "<host>, knocking: tcp/<port> stayed shut for <seconds> s. Sent <tries> times: <kinds>, 30 ms apart, from <source> to <address>. Each connection after it was refused. Host's firewall: unchanged. What to do: check that the service listens on the door's port, and that this is the right port; that this is the door's current sequence, if the door answers like a closed port; then also that nothing else sends packets to the host from this address meanwhile, your own or forged, because each is a wrong knock. For your own traffic, name its ports in the door's `ignore`. Against forged packets, use one-time tokens, `allowFrom`, or a VPN such as WireGuard.",
  // --- Answers of bad hosts ---
  "an answer that is none of ours":
    "the answer of the <script> script cannot be read: line <line> is none that this script has: <text>",
  "an answer that contradicts itself":
    "the answer of the <script> script cannot be read: its lines do not belong together",
  // --- The host's firewall after a failure ---
  "state: unchanged": "unchanged",
  "state: earlier change rolled back":
    "rolled back to what it was before an earlier change, which nobody had confirmed",
  "state: earlier change held, timer there":
    "nothing of this change, but it may hold part of an earlier one that nobody confirmed; the host tries again by itself",
  "state: earlier change held, timer gone":
    "nothing of this change, but it may hold part of an earlier one that nobody confirmed; the next `pulumi up` tries again",
  "state: rolled back": "rolled back",
  "state: rollback failed, timer there":
    "not rolled back yet: it tries again by itself within <seconds> s, until that works; `pulumi refresh` shows it",
  "state: rollback failed, timer gone":
    "may hold part of the change: it could not be rolled back, and the timer there is gone; the next `pulumi up` rolls it back first",
  "state: pending": "should roll back by itself within <seconds> s; `pulumi refresh` shows it",
  "state: unknown":
    "unknown: unless the change was confirmed, it should roll back by itself within <seconds> s; `pulumi refresh` shows it",
  "state: applied, nothing pending":
    "holds the new rules, though nothing confirmed them; `pulumi up` repeats the change",
  "state: neither":
    "unknown: it holds neither the rules from before nor the new ones; `pulumi refresh` shows them",
  "state: nothing pending, unreadable":
    "unknown: nothing is pending there any more, and its rules cannot be read; `pulumi refresh` tries again",
  "state: applied, not read back": "applied, not read back",
  "a bad host":
    "<host>, <phase>: <what>. Host's firewall: unchanged. What to do: look on the host at what answers there: neither its sshd nor our scripts send so much.",
  "a bad host, while it changes":
    "<host>, applying: <what>. Host's firewall: unknown: unless the change was confirmed, it should roll back by itself within 60 s; `pulumi refresh` shows it. What to do: look on the host at what answers there",
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
