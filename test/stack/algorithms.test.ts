import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALGORITHMS } from "../../provider/host/ssh/algorithms";
import { type Host, type Lab, startLab } from "../lab/lab";
import { read } from "./evil/evil";
import { connection } from "./world";

/** What no host needs to be spoken to with: SHA-1, CBC, 3DES, and a prime that the host chooses. */
const REFUSED = [
  "MACs hmac-sha1\nCiphers aes128-ctr",
  "MACs hmac-sha1-etm@openssh.com\nCiphers aes128-ctr",
  "Ciphers aes128-cbc",
  "Ciphers 3des-cbc",
  "KexAlgorithms diffie-hellman-group14-sha1",
  "KexAlgorithms diffie-hellman-group-exchange-sha256",
  "HostKey /etc/ssh/rsa_key\nHostKeyAlgorithms ssh-rsa",
];

const names = (list: unknown) => list as readonly string[];
const SPOKEN = [
  ...names(ALGORITHMS.kex).map((name) => `KexAlgorithms ${name}`),
  ...names(ALGORITHMS.cipher).map((name) => `Ciphers ${name}`),
  ...names(ALGORITHMS.hmac).map((name) => `MACs ${name}\nCiphers aes128-ctr`),
];

describe("sshd with one algorithm alone", () => {
  let lab: Lab;
  let host: Host;

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    await host.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", "/etc/ssh/rsa_key"]);
    await host.run(["cp", "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.before"]);
  });
  afterAll(() => lab?.stop());

  async function readWith(settings: string) {
    // The first of two settings counts (sshd_config(5)).
    const write = "{ cat; cat /etc/ssh/sshd_config.before; } >/etc/ssh/sshd_config && sshd -t";
    await host.run(["sh", "-ec", write], { input: `${settings}\n` });
    await host.restartSshd();
    return await read(lab, connection(lab, host, { dialErrorLimit: 1 }));
  }

  const logins = async () =>
    (await host.run(["sh", "-c", "grep -c Accepted /var/log/sshd.log || true"])).trim();

  test.each(SPOKEN)("%s is spoken", async (settings) => {
    expect(await readWith(settings)).toMatchObject({ rules: 0 });
  });

  test.each(REFUSED)("%s is not", async (settings) => {
    const before = await logins();
    const { code, message } = await readWith(settings);
    expect(code).toBeDefined();
    expect(message).toMatch(/\b(no matching|in common)\b|no .* in common/);
    expect(await logins()).toBe(before);
  });

  test("the host is asked for no proof of its other keys", async () => {
    const settings = "LogLevel DEBUG1\nHostKey /etc/ssh/ssh_host_ed25519_key\nHostKey /etc/ssh/rsa_key";
    expect(await readWith(settings)).toMatchObject({ rules: 0 });
    const log = await host.run(["cat", "/var/log/sshd.log"]);
    expect(log).toMatch(/debug1: .*session/);
    expect(log).not.toContain("hostkeys-prove");
  });
});
