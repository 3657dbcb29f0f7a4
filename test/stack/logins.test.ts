import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { utils } from "ssh2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPrivateKey } from "../../provider/host/ssh/privateKey";
import { type Host, killGroup, type Lab, OPS, startLab } from "../lab/lab";
import { type Situation, told } from "../situations";
import { Attempts, account } from "./attempts";
import { connection } from "./world";

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
  let attempts: Attempts;
  let host: Host;
  let bastion: Host;
  const agents = new Map<string, string>();

  beforeAll(async () => {
    lab = await startLab({ hosts: 2 });
    [host, bastion] = [lab.host(1), lab.host(2)];
    attempts = await Attempts.of(lab, host);
  });
  afterAll(async () => {
    attempts?.stop();
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
    await attempts.configure(host, sshd);
    if (proxy) await attempts.configure(bastion, ofBastion);
    if (before) await host.run(["sh", "-ec", before]);
    const through = proxy && {
      proxy: { host: bastion.ipv4, privateKey: lab.privateKey, hostKey: bastion.hostKey, ...proxy },
    };
    const began = performance.now();
    const { error } = await attempts.create({ ...connection(lab, host), ...through, ...login });
    const seconds = (performance.now() - began) / 1000;
    expect(error?.message).toContain(told(situation, { ...values }));
    expect(error?.message).not.toContain("PRIVATE KEY");
    if (rounds !== undefined) expect(await attempts.rounds(proxy ? bastion : host)).toBe(rounds);
    expect(seconds).toBeLessThan(5);
    await attempts.configure(host);
    await attempts.expectUntouched();
  }

  const failing = (name: string, mistake: () => Mistake | Promise<Mistake>) =>
    test(name, async () => expectMistake(await mistake()));

  failing("an agent with seven keys logs in once", async () => ({
    situation: "agent has too many keys",
    values: { host: host.ipv4, keys: 7 },
    login: { privateKey: undefined, agentSocketPath: await agentOf(7) },
    rounds: 1,
  }));

  failing("an agent whose keys are not the host's logs in once", async () => ({
    situation: "login is refused",
    values: { ...refusal("root", "the 2 keys of the ssh-agent"), takes: "" },
    login: { privateKey: undefined, agentSocketPath: await agentOf(2) },
    rounds: 1,
  }));

  failing("an empty agent", async () => ({
    situation: "agent is empty",
    values: { source: "agentSocketPath" },
    login: { privateKey: undefined, agentSocketPath: await agentOf(0) },
  }));

  failing("an agent that is not there", () => ({
    situation: "agent's socket is missing",
    values: { source: "agentSocketPath" },
    login: { privateKey: undefined, agentSocketPath: join(lab.dir, "nowhere") },
  }));

  failing("an agent that has ended", () => ({
    situation: "agent does not listen",
    values: { source: "agentSocketPath" },
    login: { privateKey: undefined, agentSocketPath: lab.privateKeyFile },
  }));

  const refusal = (user: string, tried: string) => ({
    host: host.ipv4,
    noun: "host",
    path: "connection",
    user,
    tried,
    takes: "; it takes publickey, password, keyboard-interactive",
  });

  failing("a user who does not exist", () => ({
    situation: "login is refused",
    values: refusal("nobody-here", "the private key"),
    login: { user: "nobody-here" },
    rounds: 1,
  }));

  failing("a wrong password", () => ({
    situation: "login is refused",
    values: refusal(OPS.user, "the password"),
    login: { user: OPS.user, privateKey: undefined, password: "wrong" },
    rounds: 1,
  }));

  failing("a locked account", () => ({
    situation: "login is refused",
    values: refusal("locked", "the private key"),
    before: account("locked", "/bin/sh", "usermod -p '!' locked"),
    login: { user: "locked" },
    rounds: 1,
  }));

  failing("a shell that does not exist", () => ({
    situation: "login is refused",
    values: refusal("shellless", "the private key"),
    before: account("shellless", "/bin/nosuchshell"),
    login: { user: "shellless" },
    rounds: 1,
  }));

  failing("a host that wants a password beside the key", () => ({
    situation: "login wants more",
    values: { host: host.ipv4, user: OPS.user, wants: "password" },
    sshd: "AuthenticationMethods publickey,password",
    login: { user: OPS.user },
    rounds: 1,
  }));

  failing("an account that has expired", () => ({
    situation: "login is ended by the host",
    values: { host: host.ipv4, user: "expired" },
    before: `sed -i 's/^UsePAM no/UsePAM yes/' /etc/ssh/sshd_config; ${account("expired", "/bin/sh", "chage -E 1 expired")}; sh /etc/ssh/restart.sh`,
    login: { user: "expired" },
    rounds: 1,
  }));

  for (const { what, known, option, sshd } of [
    {
      what: "key exchange algorithm",
      known: "curve25519-sha256, ecdh-sha2-nistp256, diffie-hellman-group14-sha256",
      option: "KexAlgorithms",
      sshd: "KexAlgorithms sntrup761x25519-sha512@openssh.com",
    },
    {
      what: "type of host key",
      known: "ssh-ed25519, ecdsa-sha2-nistp256, rsa-sha2-512",
      option: "HostKeyAlgorithms",
      sshd: "HostKey /etc/ssh/rsa\nHostKeyAlgorithms ssh-rsa",
    },
    {
      what: "cipher",
      known: "aes128-gcm@openssh.com, aes256-gcm@openssh.com, aes128-ctr",
      option: "Ciphers",
      sshd: "Ciphers aes128-cbc",
    },
    {
      what: "MAC",
      known: "hmac-sha2-256-etm@openssh.com, hmac-sha2-256, hmac-sha2-512",
      option: "MACs",
      sshd: "Ciphers aes128-ctr\nMACs umac-64@openssh.com",
    },
  ]) {
    failing(`no ${what} in common`, async () => {
      await host.run([
        "sh",
        "-c",
        "test -e /etc/ssh/rsa || ssh-keygen -q -t rsa -b 2048 -N '' -f /etc/ssh/rsa",
      ]);
      const values = { host: host.ipv4, what, known, option };
      return { situation: "no algorithm in common", values, sshd, rounds: 1 };
    });
  }

  failing("a port where nothing listens", () => ({
    situation: "nothing listens",
    values: {
      host: host.ipv4,
      port: 2222,
      tries: "4 tries",
      knocked: "nothing, since no door on its SSH port is known",
    },
    login: { port: 2222 },
    rounds: 0,
  }));

  failing("a port where something else listens", () => ({
    situation: "something else listens",
    values: { host: host.ipv4, port: 8080 },
    login: { port: 8080 },
    rounds: 0,
  }));

  failing("a bastion that forwards nothing", () => ({
    situation: "bastion may not forward",
    values: { bastion: bastion.ipv4, host: host.ipv4, port: 7201 },
    bastion: "AllowTcpForwarding no",
    proxy: {},
    rounds: 1,
  }));

  failing("a bastion that forwards to other hosts", () => ({
    situation: "bastion may not forward",
    values: { bastion: bastion.ipv4, host: host.ipv4, port: 7201 },
    bastion: "PermitOpen 192.0.2.99:22",
    proxy: {},
    rounds: 1,
  }));

  failing("a key that may not forward", async () => {
    const keys = "/root/.ssh/authorized_keys";
    await bastion.run(["sh", "-c", `sed 's/^/restrict /' ${keys} >${keys}2`]);
    return {
      situation: "bastion may not forward",
      values: { bastion: bastion.ipv4, host: host.ipv4, port: 7201 },
      bastion: `AuthorizedKeysFile ${keys}2`,
      proxy: {},
      rounds: 1,
    };
  });

  failing("a bastion that does not know the host's name", async () => {
    await bastion.run(["sh", "-c", "echo 'hosts: files' >/etc/nsswitch.conf"]);
    return {
      situation: "bastion does not know the name",
      values: { bastion: bastion.ipv4, host: "unknown.invalid" },
      login: { host: "unknown.invalid" },
      proxy: {},
      rounds: 1,
    };
  });

  failing("a login at the bastion that is refused", () => ({
    situation: "login is refused",
    values: {
      ...refusal("nobody-here", "the private key"),
      host: bastion.ipv4,
      noun: "bastion",
      path: "connection.proxy",
    },
    proxy: { user: "nobody-here" },
    rounds: 1,
  }));

  failing("a bastion's port where nothing listens", () => ({
    situation: "bastion refuses connections",
    values: { bastion: bastion.ipv4, port: 2222 },
    proxy: { port: 2222 },
    rounds: 0,
  }));

  test("an sshd that drops connections is tried again", async () => {
    await attempts.configure(host, "MaxStartups 1:100:1");
    await host.run(["sh", "-c", "sed -i '/^MaxStartups 200/d' /etc/ssh/sshd_config"]);
    await host.restartSshd();
    const idle = lab.controller.spawn(["nc", host.ipv4, "22"]);
    await new Promise((resolve) => idle.stdout.once("data", resolve));
    const { error } = await attempts.create(connection(lab, host, { dialErrorLimit: 2 }));
    const seconds = Number(/ and (\d+) s;/.exec(error?.message ?? "")?.[1]);
    expect(error?.message).toContain(
      told("sshd drops connections", { host: host.ipv4, tries: 2, seconds, knocked: KNOCKED }),
    );
    const later = attempts.create(connection(lab, host));
    setTimeout(() => killGroup(idle), 1_000);
    const made = await later;
    await attempts.configure(host);
    await attempts.remove(made);
  });

  test("a host that wants the password before the key gets both", async () => {
    const { user, password } = OPS;
    await attempts.configure(host, "AuthenticationMethods password,publickey");
    const login = connection(lab, host, { user, password, sudo: true, sudoPassword: password });
    const made = await attempts.create(login);
    await attempts.configure(host);
    await attempts.remove(made);
  });

  test.each(["rsa", "ec -pkeyopt ec_paramgen_curve:P-256", "ec -pkeyopt ec_paramgen_curve:P-521", "ed25519"])(
    "a key of PKCS#8 logs in: %s",
    async (algorithm) => {
      const file = join(lab.dir, "pkcs8");
      const passphrase = "a passphrase";
      await lab.controller.run([
        "sh",
        "-ec",
        `openssl genpkey -algorithm ${algorithm} | openssl pkcs8 -topk8 -passout 'pass:${passphrase}' -out ${file}`,
      ]);
      const privateKey = await readFile(file, "utf8");
      const parsed = utils.parseKey(String(readPrivateKey(privateKey, passphrase)));
      if (parsed instanceof Error) throw parsed;
      const line = `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
      await host.run(["sh", "-c", 'echo "$1" >>/root/.ssh/authorized_keys', "sh", line]);
      const login = { host: host.ipv4, privateKey, privateKeyPassword: passphrase };
      await attempts.remove(await attempts.create(login));
    },
  );
});
