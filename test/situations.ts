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
    "<host>, connecting: port <port> refuses connections, in 4 tries: nothing listens there, or a firewall rejects it; knocked: <knocked>. Host's firewall: unchanged. What to do: check connection.port, and that sshd runs on the host.",
  "something else listens":
    "<host>, connecting: what listens on port <port> is not an SSH server. Host's firewall: unchanged. What to do: set connection.port to the port of the host's sshd.",
  "name does not exist":
    "<host>, connecting: the name of the host does not exist in DNS. Host's firewall: unchanged. What to do: check connection.host.",
  "DNS does not answer":
    "<host>, connecting: DNS does not answer for the name of the host, in <tries> tries. Host's firewall: unchanged. What to do: check the name servers of this machine, or give an address as connection.host.",
  "sshd drops connections":
    "<host>, connecting: no SSH connection to port 22 in <tries> tries; knocked: <knocked> (its sshd drops connections: too many are logging in (MaxStartups)). Host's firewall: unchanged.",
  "bastion may not forward":
    "<bastion>, connecting: the bastion may not open connections to <host>, port <port>. Host's firewall: unchanged. What to do: in its sshd_config set AllowTcpForwarding to yes or local, and let PermitOpen have each port that is knocked on and the SSH port; or take `restrict` and `no-port-forwarding` from the key's line in authorized_keys.",
  "bastion does not know the name":
    "<bastion>, connecting: the bastion does not know the name <host>. Host's firewall: unchanged. What to do: give connection.host as the bastion knows it, such as its address.",
  "bastion refuses connections":
    "<bastion>, connecting to the bastion: port <port> refuses connections, in 4 tries: nothing listens there, or a firewall rejects it. Host's firewall: unchanged. What to do: check connection.proxy.port, and that sshd runs on the bastion.",

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
    "<start>: the apply script did not run to its end: . Host's firewall: unknown: it goes back by itself within <seconds> s unless it was confirmed; see /run/portknock there, or run `pulumi refresh`.",
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
