import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Host, type Lab, startLab } from "../lab/lab";
import { told } from "../situations";
import { asUser, closeDoors, configure, makeUser, putDoor } from "./world";

const SEQUENCE = "tcp/61873,udp/62941";

describe("mistakes at the command line", () => {
  let lab: Lab;
  let host: Host;
  let known: string;

  beforeAll(async () => {
    lab = await startLab({ hosts: 2 });
    host = lab.host();
    await makeUser(lab);
    await configure(lab, SEQUENCE);
    for (const one of lab.hosts)
      await putDoor(one, SEQUENCE, { door: [{ protocol: "tcp", ports: [22, 2222, 8443] }] });
    known = join(lab.controller.home, ".ssh/known_hosts");
  });
  afterAll(() => lab?.stop());
  beforeEach(() => closeDoors(host));

  const portknock = (...args: string[]) => asUser(lab, ["portknock", ...args]);

  test("a port at which nothing listens", async () => {
    const args = ["knock", host.ipv4, "--sequence", SEQUENCE, "--port", "8443", "--timeout", "2"];
    const { stderr, code } = await portknock(...args);
    expect(code).toBe(1);
    const [, tries = "", source = ""] = / Sent (\d+) times.* from (\S+) to/.exec(stderr) ?? [];
    const values = {
      host: host.ipv4,
      address: host.ipv4,
      port: 8443,
      seconds: 2,
      kinds: "tcp, udp",
      tries,
      source,
    };
    expect(stderr).toBe(`portknock: ${told("a port that refuses", values)}\n`);
  });

  test.each([
    ["with a wrong sequence", ["--sequence", "tcp/1"], "--sequence"],
    ["at another port", ["--port", "2223"], "nothing, since no door on its SSH port is known"],
  ])("status of a host that does not let in, %s", async (_what, args, knocked) => {
    await host.run(["sh", "-c", "iptables -I INPUT -p tcp --dport 2223 -j DROP"]);
    const { stdout, stderr, code } = await portknock("status", host.ipv4, "-i", lab.privateKeyFile, ...args);
    const [, seconds = ""] = / in 3 tries and (\d+) s;/.exec(stderr) ?? [];
    expect({ stdout, code }).toEqual({ stdout: "", code: 1 });
    const port = args[0] === "--port" ? 2223 : 22;
    const values = { host: host.ipv4, port, seconds, knocked };
    const said = `portknock: ${told("status of a host that does not let in", values)}\n`;
    // What a long wait says while it lasts.
    expect(stderr.replace(/^try \d of 3, .* does not answer\n/gm, "")).toBe(said);
  });

  test("status of a host whose key is not known, and of one that has another", async () => {
    const had = await readFile(known, "utf8");
    const status = () => portknock("status", host.ipv4, "-i", lab.privateKeyFile);
    const { hostKey } = lab.host(2);
    const key = (await fingerprintOf(host.hostKey)) ?? "";
    await writeFile(known, "");
    const unknown = await status();
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toBe(
      `portknock: ${told("status of a host whose key is not known", { host: host.ipv4, key })}\n`,
    );
    await writeFile(known, `# a comment\n\n${host.ipv4} ${hostKey}\n`);
    const other = await status();
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(`known_hosts:3 has ${await fingerprintOf(hostKey)} (ssh-ed25519)`);
    expect(other.stderr).not.toContain("connection.hostKey");
    await writeFile(known, had);
  });

  test("ssh itself tells the file, the line and the command for a key that has changed", async () => {
    const had = await readFile(known, "utf8");
    await writeFile(known, `# a comment\n${host.ipv4} ${lab.host(2).hostKey}\n`);
    const { stderr, code } = await portknock("ssh", host.ipv4, "true");
    expect(code).toBe(255);
    expect(stderr).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
    expect(stderr).toContain(`Offending ED25519 key in ${known}:2`);
    expect(stderr).toMatch(/ssh-keygen -f .* -R /);
    await writeFile(known, had);
  });

  test.each([
    ["-i, -l and -p", (file: string) => ["-i", file, "-l", "root", "-p", "22", "192.0.2.11", "hostname"]],
    ["after the host", (file: string) => ["192.0.2.11", "-i", file, "-oUser=root", "hostname"]],
    ["-F", () => ["-F", "CONFIG", "192.0.2.11", "hostname"]],
    ["brackets", () => ["root@[2001:db8:2::11]", "hostname"]],
  ])("ssh's own options: %s", async (_what, args) => {
    const config = join(lab.controller.home, ".ssh/config");
    const { stdout, stderr, code } = await portknock(
      "ssh",
      ...args(lab.privateKeyFile).map((word) => word.replace("CONFIG", config)),
    );
    expect({ stdout, stderr, code }).toEqual({ stdout: "h1\n", stderr: "", code: 0 });
  });

  test("-J: the knock is for the jump host", async () => {
    await closeDoors(lab.host(2));
    await lab.host(2).run(["sh", "-c", "iptables -I INPUT -s 192.0.2.11 -p tcp --dport 22 -j ACCEPT"]);
    const { stdout, stderr, code } = await portknock(
      "ssh",
      "-4",
      "-J",
      "root@192.0.2.11",
      "192.0.2.12",
      "hostname",
    );
    expect({ stdout, stderr, code }).toEqual({ stdout: "h2\n", stderr: "", code: 0 });
  });

  async function fingerprintOf(key: string): Promise<string | undefined> {
    const listed = await lab.controller.run(["ssh-keygen", "-lf", "-"], { input: key });
    return listed.split(" ")[1];
  }
});
