import type { FieldTexts } from "./fieldTexts";

/** The fields of `connection`. Names and defaults are those of `remote.Connection` of @pulumi/command. */
export const connectionTexts: FieldTexts = {
  host: { about: "Name or address. IPv6 without brackets.", example: "192.0.2.11" },
  port: { about: "The port of sshd.", example: 2222 },
  user: { about: "The user to log in as.", example: "ops" },
  privateKey: {
    about:
      "The text of a private key: OpenSSH's format or PEM, encrypted or not. Without any credential the ssh-agent logs in.",
  },
  privateKeyPassword: { about: "The passphrase of `privateKey`." },
  password: { about: "For password and keyboard-interactive logins." },
  agentSocketPath: {
    about: "The socket of an ssh-agent. Default: $SSH_AUTH_SOCK.",
    example: "/run/user/1000/agent",
  },
  hostKey: {
    about:
      "The host's public key, as in its .pub file. Default: what known_hosts has, else the key that is seen first.",
    example: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…",
  },
  acceptNewHostKey: { about: "Trust the key of a host that is not known yet.", example: false },
  dialErrorLimit: { about: "Tries before the host counts as unreachable.", example: 3 },
  perDialTimeout: { about: "Seconds that one try may take.", example: 5 },
  knock: {
    about:
      "The sequence that opens the SSH port there: of the host where a door of another stack guards it, of `proxy` where any door does.",
    example: "tcp/41287,udp/52011",
  },
  proxy: {
    about: "A bastion, with the fields of a login. It can send TCP knocks only.",
    example: { host: "bastion.example.com" },
  },
  sudo: { about: "Run the host's scripts through sudo.", example: true },
  sudoPassword: { about: "sudo's password, sent on stdin. Without it sudo must not ask." },
  sshConfig: {
    about:
      "Take what is not given here from ~/.ssh/config, if a Host line there names the host. Default true.",
    example: false,
  },
};

/** The arguments of a KnockSequence. */
export const sequenceTexts: FieldTexts = {
  steps: { about: "How many knocks. Fewer than 42 bits of entropy are refused.", example: 5 },
  protocols: {
    about: "The protocols of the steps in turn. Not secret: previews show them.",
    example: ["tcp"],
  },
  ports: {
    about: "Ports to draw from. Ports below 1024 and well-known ones are never drawn.",
    example: ["30000-39999"],
  },
  exclude: { about: "Ports not to draw, such as those of the door.", example: [31744] },
  keepers: {
    about: "Texts by name. A changed text rotates the sequence. Not secret.",
    example: { rotation: "2" },
  },
  rotateEvery: {
    about: 'How long a sequence is used: "30d", "12h", "90m" or "45s". Default: it rotates by hand only.',
    example: "30d",
  },
  overlap: {
    about:
      'How long the replaced sequence opens the door too. Default "24h", or `rotateEvery` if that is shorter.',
    example: "1h",
  },
  master: { about: "A secret of at least 32 random characters, from which the sequences are derived." },
  host: { about: "With `master`: the host's address.", example: "192.0.2.11" },
  door: { about: "With `master`: the door's name. Default: the name of this resource.", example: "web" },
};

/** The arguments of a PortKnockFleet besides those of a PortKnock. */
export const fleetTexts: FieldTexts = {
  hosts: {
    about:
      "The hosts by name: `connection` with the address, and each field of a PortKnock that differs from the fleet's.",
    example: { web1: { connection: { host: "192.0.2.11" } } },
  },
  "hosts.sequence": {
    about: "The host's own knocks, as for a PortKnock; or fields of the fleet's `sequence` that differ.",
  },
  "hosts.previous": { about: "As for a PortKnock, beside the host's own knocks." },
  connection: {
    about: "What the connections of all hosts share. A field of a host's wins.",
    example: { user: "ops" },
  },
  sequence: {
    about:
      "How sequences are made: a KnockSequence of these arguments for each host without knocks of its own. With `master` they are derived, for the host's address and the door `edge-web1`.",
    example: { rotateEvery: "30d" },
  },
  calendar: {
    about: "As for a PortKnock, without `derivation`: each host gets its own. Needs `sequence.master`.",
  },
  canary: {
    about: "Hosts that are changed first: so many in the order of `hosts`, or those named in a list.",
    example: 1,
  },
};

/** The arguments of an OpenDoor. */
export const openDoorTexts: FieldTexts = {
  host: { about: "Name or address. IPv6 without brackets.", example: "192.0.2.11" },
  port: { about: "A TCP port of the door.", example: 8080 },
  sequence: { about: "The knocks, as steps or as text. Secret.", example: "tcp/41287,udp/23911" },
  triggers: {
    about: "Knock again when any of these changes: give those of the resources that depend on this one.",
  },
  family: { about: "Only over IPv4 (4) or IPv6 (6). Default: whichever answers first.", example: 6 },
  delayMs: { about: "Milliseconds between two packets.", example: 100 },
  timeoutSeconds: { about: "Seconds after which the door counts as shut.", example: 60 },
  check: {
    about: "See by a connection that the door is open. Set it to false for a door with `singleUse`.",
    example: false,
  },
};
