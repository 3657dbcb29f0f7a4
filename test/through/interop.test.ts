import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Host, killGroup, type Lab, startLab } from "../lab/lab";
import { asUser, closeDoors, configure, makeUser, putDoor } from "./world";

/** What every knock client can send. */
const SEQUENCE = "tcp/7001,udp/8001,tcp/7002";

describe("other people's tools", () => {
  let lab: Lab;
  let host: Host;

  beforeAll(async () => {
    lab = await startLab({ hosts: 2 });
    host = lab.host();
    await makeUser(lab);
    await configure(lab, SEQUENCE);
    await putDoor(host, SEQUENCE);
  });
  afterAll(() => lab?.stop());
  beforeEach(() => closeDoors(host));

  const isOpen = async (address: string) =>
    (await asUser(lab, ["nc", "-z", "-w", "1", address, "22"])).code === 0;

  const shell = (command: string) => asUser(lab, ["sh", "-c", command]);

  test.each([
    ["knock", "192.0.2.11", "knock -d 30 192.0.2.11 7001:tcp 8001:udp 7002:tcp"],
    ["knock", "2001:db8:2::11", "knock -6 -d 30 2001:db8:2::11 7001:tcp 8001:udp 7002:tcp"],
    [
      "nmap",
      "192.0.2.11",
      "for p in T:7001 U:8001 T:7002; do nmap -Pn -n -sSU --max-retries 0 --host-timeout 2 -p $p 192.0.2.11; done",
    ],
    [
      "nmap",
      "2001:db8:2::11",
      "for p in T:7001 U:8001 T:7002; do nmap -6 -Pn -n -sSU --max-retries 0 --host-timeout 2 -p $p 2001:db8:2::11; done",
    ],
    [
      "nc",
      "192.0.2.11",
      "nc -z -w1 192.0.2.11 7001; echo | nc -u -q0 192.0.2.11 8001; nc -z -w1 192.0.2.11 7002",
    ],
    [
      "nc",
      "2001:db8:2::11",
      "h=2001:db8:2::11; nc -z -w1 $h 7001; echo | nc -u -q0 $h 8001; nc -z -w1 $h 7002",
    ],
  ])("%s opens our door at %s", async (_tool, address, command) => {
    expect(await isOpen(address)).toBe(false);
    const { stdout, stderr } = await shell(command);
    expect(await isOpen(address), stdout + stderr).toBe(true);
  });

  test("the exported line opens it with nc and ping alone, in dash and in busybox", async () => {
    await closeDoors(host);
    const { stdout } = await asUser(lab, ["portknock", "export", "h1", "--format", "shell", "-4"]);
    for (const sh of ["dash", "busybox sh"]) {
      await closeDoors(host);
      await shell(`${sh} <<'END'\n${stdout}END\n`);
      expect((await Promise.all(["192.0.2.11", "2001:db8:2::11"].map(isOpen))).some(Boolean), sh).toBe(true);
    }
  });

  test("the exported line sends payloads and pings as well", async () => {
    const sequence = "udp/8001/hex:00ff27256f70656e,icmp/77,tcp/7001";
    await putDoor(lab.host(2), sequence, { door: [{ protocol: "tcp", ports: [8080] }] });
    const args = ["export", "192.0.2.12", "--sequence", sequence, "--format", "shell"];
    const { stdout } = await asUser(lab, ["portknock", ...args]);
    await shell(stdout);
    expect((await asUser(lab, ["nc", "-z", "-w", "1", "192.0.2.12", "8080"])).code).toBe(0);
  });

  test("our client opens a door that knockd guards, by the configuration that we export", async () => {
    const guarded = lab.host(2);
    const args = ["portknock", "export", guarded.ipv4, "--sequence", SEQUENCE, "--format", "knockd"];
    const { stdout } = await asUser(lab, args);
    const file = join(lab.dir, "knockd.conf");
    await writeFile(file, stdout);
    await guarded.run(["sh", "-c", "cat >/etc/knockd.conf"], { input: stdout });
    await guarded.run(["iptables", "-A", "INPUT", "-p", "tcp", "--syn", "--dport", "22", "-j", "DROP"]);
    const daemon = guarded.spawn(["knockd", "-i", "eth0", "-c", "/etc/knockd.conf", "-v", "-D"]);
    let said = "";
    for (const stream of [daemon.stdout, daemon.stderr]) {
      stream.on("data", (text: Buffer) => {
        said += text;
      });
    }
    // libpcap listens once it has a socket of its own.
    await expect.poll(() => guarded.run(["cat", "/proc/net/packet"]), { timeout: 10_000 }).toContain("0003");
    expect(await isOpen(guarded.ipv4)).toBe(false);
    const knock = ["portknock", "knock", guarded.ipv4, "--sequence", SEQUENCE, "--port", "22", "--json"];
    const opened = await asUser(lab, knock);
    expect(opened.code, opened.stderr + said).toBe(0);
    expect(JSON.parse(opened.stdout)).toMatchObject({ open: true, source: "192.0.2.1" });
    killGroup(daemon);
  });

  test("what a format cannot say is refused", async () => {
    const args = ["portknock", "export", "h1", "--sequence", "tcp/1,icmp/5", "--format", "knockd"];
    const { stderr, code } = await asUser(lab, args);
    expect(code).toBe(2);
    expect(stderr).toContain("knockd has no ICMP knocks, and step 2 is one");
  });

  test("the exported diagram has every stage, and no secret", async () => {
    const { stdout } = await asUser(lab, ["portknock", "export", "h1", "--format", "mermaid"]);
    expect(stdout).toContain("closed --> stage1: knock 1 (tcp)\n  stage1 --> stage2: knock 2 (udp)\n");
    expect(stdout).not.toMatch(/700|800/);
  });
});
