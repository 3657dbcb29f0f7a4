import type { Host, Lab } from "../lab/lab";

/** SSH behind three knocks, one of each kind. */
export const SEQUENCE = [
  { protocol: "tcp", port: 7001 },
  { protocol: "udp", port: 8001 },
  { protocol: "icmp", payloadBytes: 121 },
];

export function connection(lab: Lab, host: Host, more: Readonly<Record<string, unknown>> = {}) {
  return { host: host.ipv4, privateKey: lab.privateKey, ...more };
}

/** A door on SSH. */
export function sshDoor(lab: Lab, host: Host, more: Readonly<Record<string, unknown>> = {}) {
  const door = [{ protocol: "tcp", ports: [22] }];
  return { connection: connection(lab, host), sequence: SEQUENCE, door, openForSeconds: 3, ...more };
}

/** A door on the web service, which has its own sequence. */
export function webDoor(lab: Lab, host: Host, more: Readonly<Record<string, unknown>> = {}) {
  const sequence = [
    { protocol: "udp", port: 8101 },
    { protocol: "tcp", port: 7101 },
  ];
  return sshDoor(lab, host, { sequence, door: [{ protocol: "tcp", ports: [8080] }], ...more });
}

/** A shell command for a host whose iptables has no such match: a copy of Debian's libraries without it. */
export const lacksMatch = (match: string) =>
  `cp -r /usr/lib/*/xtables /root/xtables; rm /root/xtables/libxt_${match}.so
   echo 'SetEnv XTABLES_LIBDIR=/root/xtables' >>/etc/ssh/sshd_config`;

/** Makes each host of a lab another kind of host, by shell commands. */
export async function prepareHosts(lab: Lab, commands: readonly (string | undefined)[]): Promise<void> {
  await Promise.all(
    commands.map(async (command, index) => {
      if (command === undefined) return;
      await lab.host(index + 1).run(["sh", "-ec", command]);
      await lab.host(index + 1).restartSshd();
    }),
  );
}

/** Whether a TCP connection from the controller gets through; a door that is closed does not answer at all. */
export async function isOpen(lab: Lab, address: string, port = 22): Promise<boolean> {
  return (await lab.controller.exec(["nc", "-z", "-w", "1", address, String(port)])).code === 0;
}

/** Everything on a host that a door may leave behind, but the lock: its firewall, our files, lists and processes. */
export async function traces(host: Host): Promise<string> {
  const { ipv4, ipv6 } = await host.firewall();
  const files = await host.run([
    "sh",
    "-c",
    "ls -d /run/portknock* /proc/net/xt_recent/* 2>/dev/null | grep -vx /run/portknock.lock || true",
  ]);
  const processes = (await host.run(["ps", "-eo", "args", "--no-headers"])).split("\n").sort();
  return [ipv4, ipv6, files, ...processes].join("\n");
}

/** An ssh session that echoes lines. It ends with the lab. */
export class SshSession {
  private readonly child;
  private text = "";

  constructor(lab: Lab, address: string) {
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"];
    this.child = lab.controller.spawn([
      "ssh",
      ...["-i", lab.privateKeyFile, ...options.flatMap((option) => ["-o", option])],
      ...[`root@${address}`, "cat"],
    ]);
    this.child.stdout.on("data", (data: Buffer) => {
      this.text += data;
    });
  }

  /** Sends a line; `heard` has it when it came back. */
  say(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  get heard(): string {
    return this.text;
  }

  /** Ends the session as a user would, and with it the host's processes. */
  end(): void {
    this.child.stdin.end();
  }
}
