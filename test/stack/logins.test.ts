import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileDriver, Driver } from "../faults/controller";
import { type Host, type Lab, OPS, startLab } from "../lab/lab";
import { type Situation, told } from "../situations";
import { connection, sshDoor, traces } from "./world";

const TCP_STEPS = [
  { protocol: "tcp", port: 7201 },
  { protocol: "tcp", port: 7202 },
];
const KNOCKED = "revision 1 of this door's sequence";

type Login = Readonly<Record<string, unknown>>;
type Values = Readonly<Record<string, string | number>>;

/** A login that fails, and how. */
interface Mistake {
  readonly situation: Situation;
  readonly values?: Values;
  /** Lines at the beginning of sshd's settings, on the host and on the bastion. */
  readonly sshd?: string;
  readonly bastion?: string;
  /** What is done on the host before. */
  readonly before?: string;
  readonly login?: Login;
  readonly proxy?: Login;
  /** Connections that reach sshd. */
  readonly rounds?: number;
}

describe("logins that fail", () => {
  let lab: Lab;
  let driver: Driver;
  let host: Host;
  let bastion: Host;
  let clean: string;
  const agents = new Map<string, string>();

  beforeAll(async () => {
    lab = await startLab({ hosts: 2 });
    driver = new Driver(lab, await compileDriver(lab));
    [host, bastion] = [lab.host(1), lab.host(2)];
    clean = await traces(host);
    for (const node of lab.hosts) {
      await node.run([
        "sh",
        "-c",
        "echo LogLevel VERBOSE >>/etc/ssh/sshd_config; cp /etc/ssh/sshd_config /etc/ssh/before",
      ]);
    }
  });
  afterAll(async () => {
    driver?.kill();
    await lab?.stop();
  });

  /** An agent with so many keys, of which no host knows any. */
  async function agentOf(keys: number): Promise<string> {
    const socket = join(lab.dir, `agent-${keys}`);
    if (agents.has(socket)) return socket;
    lab.controller.spawn(["ssh-agent", "-D", "-a", socket]);
    agents.set(socket, socket);
    const add = `test -S ${socket} && for n in $(seq ${keys}); do ssh-keygen -q -t ed25519 -N '' -f ${socket}.$n && ssh-add -q ${socket}.$n || exit 1; done`;
    const env = { env: { SSH_AUTH_SOCK: socket } };
    await expect.poll(async () => (await lab.controller.exec(["sh", "-c", add], env)).code).toBe(0);
    return socket;
  }

  const configure = async (node: Host, lines = "") => {
    await node.run([
      "sh",
      "-c",
      `{ echo "$1"; cat /etc/ssh/before; } >/etc/ssh/sshd_config; : >/var/log/sshd.log`,
      "sh",
      lines,
    ]);
    await node.restartSshd();
  };

  const create = (login: Login, more: Login = {}) => {
    const door = sshDoor(lab, host, { connection: login, sequence: TCP_STEPS, ...more });
    return driver.request({
      do: "create",
      olds: {},
      news: { owner: "lab/logins/test/ssh", __provider: "", ...door },
    });
  };

  const roundsAt = async (node: Host) =>
    (await node.run(["cat", "/var/log/sshd.log"]))
      .split("\n")
      .filter((line) => line.startsWith("Connection from")).length;

  async function expectMistake({
    situation,
    values = {},
    sshd,
    bastion: ofBastion,
    login = {},
    proxy,
    before,
    rounds,
  }: Mistake) {
    await configure(host, sshd);
    if (proxy) await configure(bastion, ofBastion);
    if (before) await host.run(["sh", "-ec", before]);
    const through = proxy && {
      proxy: { host: bastion.ipv4, privateKey: lab.privateKey, hostKey: bastion.hostKey, ...proxy },
    };
    const began = performance.now();
    const { error } = await create({ ...connection(lab, host), ...through, ...login });
    const seconds = (performance.now() - began) / 1000;
    expect(error?.message).toContain(told(situation, { ...values }));
    expect(error?.message).not.toContain("PRIVATE KEY");
    if (rounds !== undefined) expect(await roundsAt(proxy ? bastion : host)).toBe(rounds);
    expect(seconds).toBeLessThan(5);
    await configure(host);
    expect(await traces(host)).toBe(clean);
  }

  test("an agent with seven keys logs in once", async () => {
    const agentSocketPath = await agentOf(7);
    await expectMistake({
      situation: "agent has too many keys",
      values: { host: host.ipv4, keys: 7 },
      login: { privateKey: undefined, agentSocketPath },
      rounds: 1,
    });
  });
});
