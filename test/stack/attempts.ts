import { expect } from "vitest";
import { compileDriver, Driver, type Ended } from "../faults/controller";
import type { Host, Lab } from "../lab/lab";
import { sshDoor, traces } from "./world";

type Properties = Readonly<Record<string, unknown>>;

export const TCP_STEPS = [
  { protocol: "tcp", port: 7201 },
  { protocol: "tcp", port: 7202 },
];

/** A controller that tries to make a door on a host with one login after another, without Pulumi around it. */
export class Attempts {
  private constructor(
    private readonly lab: Lab,
    private readonly host: Host,
    private readonly driver: Driver,
    private readonly clean: string,
  ) {}

  /** Of hosts that are as the lab made them. */
  static async of(lab: Lab, host: Host): Promise<Attempts> {
    for (const node of lab.hosts) {
      await node.run([
        "sh",
        "-c",
        "echo LogLevel VERBOSE >>/etc/ssh/sshd_config; cp /etc/ssh/sshd_config /etc/ssh/before",
      ]);
    }
    return new Attempts(lab, host, new Driver(lab, await compileDriver(lab)), await traces(host));
  }

  /** Starts sshd with lines at the beginning of the lab's settings, or with these alone, and with an empty log. */
  async configure(node: Host, lines = ""): Promise<void> {
    const write = '{ echo "$1"; cat /etc/ssh/before; } >/etc/ssh/sshd_config; : >/var/log/sshd.log';
    await node.run(["sh", "-c", write, "sh", lines]);
    await node.restartSshd();
  }

  create(login: Properties): Promise<Ended> {
    const door = sshDoor(this.lab, this.host, { connection: login, sequence: TCP_STEPS });
    const news = { owner: "lab/logins/test/ssh", __provider: "", ...door };
    return this.driver.request({ do: "create", olds: {}, news });
  }

  /** The door is taken away by the same login. */
  async remove({ outs, error }: Ended): Promise<void> {
    expect(error?.message).toBeUndefined();
    expect(outs).toBeDefined();
    expect(await this.driver.request({ do: "delete", olds: { ...outs }, news: {} })).toEqual({});
    await expect.poll(() => traces(this.host), { timeout: 10_000 }).toBe(this.clean);
  }

  /** That nothing on the host was changed. A forced command may sleep there for ten seconds after its session. */
  async expectUntouched(): Promise<void> {
    await expect.poll(() => traces(this.host), { timeout: 15_000 }).toBe(this.clean);
  }

  /** Connections that sshd took since it was configured. */
  async rounds(node: Host): Promise<number> {
    const log = await node.run(["cat", "/var/log/sshd.log"]);
    return log.split("\n").filter((line) => line.startsWith("Connection from")).length;
  }

  stop(): void {
    this.driver.kill();
  }
}

/** Commands that make an account which the lab's key logs in to, once; `more` is done to it then. */
export function account(name: string, shell: string, more = ":", id = 3001): string {
  const home = `/home/${name}`;
  return [
    `grep -q '^${name}:' /etc/passwd || {`,
    `echo '${name}:x:${id}:0::${home}:${shell}' >>/etc/passwd`,
    `echo '${name}:*:19000:0:99999:7:::' >>/etc/shadow`,
    `install -d -m 0700 -o ${id} ${home} ${home}/.ssh`,
    `install -m 0600 -o ${id} /root/.ssh/authorized_keys ${home}/.ssh/authorized_keys`,
    `${more}; }`,
  ].join("\n");
}
