import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Host, type Lab, startLab } from "../lab/lab";
import { asUser, closeDoors, configure, makeUser, putDoor, SEQUENCE } from "./world";

describe("through a door, over ssh", () => {
  let lab: Lab;
  let host: Host;

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    await makeUser(lab);
    await configure(lab, SEQUENCE);
    await putDoor(host, SEQUENCE);
  });
  afterAll(() => lab?.stop());
  beforeEach(() => closeDoors(host));

  test("it is shut to who does not knock", async () => {
    const { code } = await asUser(lab, ["ssh", "-o", "ConnectTimeout=1", "h1", "true"]);
    expect(code).toBe(255);
  });

  const remote = `echo "$SSH_CLIENT"; exit 7`;

  test.each([
    ["an IPv4 address", ["192.0.2.11", "--", remote], "192.0.2.1"],
    ["an IPv6 address", ["root@2001:db8:2::11", remote], "2001:db8:2::1"],
    ["a name", ["h1", "--", "-l", "root", remote], "2001:db8:2::1"],
    ["a name, over IPv4 by our option", ["-4", "h1", remote], "192.0.2.1"],
    ["a name, over IPv4 by ssh's option", ["h1", "--", "-4", remote], "192.0.2.1"],
  ])("portknock ssh to %s: the right family, and ssh's own exit code", async (_what, args, source) => {
    const { stdout, stderr, code } = await asUser(lab, ["portknock", "ssh", ...args]);
    expect({ stderr, code }).toEqual({ stderr: "", code: 7 });
    expect(stdout).toMatch(new RegExp(`^${source} `));
  });

  test("ssh's own refusal of an option, and its own failure, are passed on", async () => {
    const unknown = await asUser(lab, ["portknock", "ssh", "h1", "--", "-o", "NoSuchOption=1"]);
    expect(unknown).toMatchObject({ code: 255, stderr: expect.stringContaining("nosuchoption") });
    const nobody = await asUser(lab, ["portknock", "ssh", "nobody@h1", "true"]);
    expect(nobody).toMatchObject({ code: 255, stderr: expect.stringContaining("Permission denied") });
  });

  test("what ssh's configuration calls a host is found", async () => {
    const file = join(lab.dir, "ssh_config");
    await writeFile(
      file,
      `Host shop\n  HostName h1\n  HostKeyAlias h1\nInclude ${lab.controller.home}/.ssh/config\n`,
    );
    const { stdout } = await asUser(lab, ["portknock", "ssh", "shop", "--", "-F", file, "hostname"]);
    expect(stdout).toBe("h1\n");
  });

  test("one connection is all that it makes: the one that was let in", async () => {
    await host.run(["sh", "-c", "iptables -Z; ip6tables -Z"]);
    await asUser(lab, ["portknock", "ssh", "h1", "true"]);
    const rules = await host.run(["ip6tables", "-nvxL", "INPUT"]);
    expect(rules).toContain("portknock");
    const listed = await host.run(["sh", "-c", "ip6tables -nvxL | grep 'dpt:22 ctstate NEW'"]);
    expect(Number(listed.trim().split(/\s+/)[0])).toBe(1);
  });

  test("a door that stays shut: clear words, no ssh, exit code 1, nothing left", async () => {
    const folder = await mkdtemp(join(lab.dir, "tmp."));
    const env = { TMPDIR: folder, XDG_RUNTIME_DIR: undefined };
    const wrong = ["--sequence", "tcp/7002,udp/8001", "--timeout", "2"];
    const { stdout, stderr, code } = await asUser(lab, ["portknock", "ssh", "h1", ...wrong, "true"], { env });
    expect({ stdout, code }).toEqual({ stdout: "", code: 1 });
    expect(stderr).toMatch(
      /^portknock: h1, knocking: tcp\/22 stayed shut for 2 s\. Sent \d+ times: tcp, udp, 30 ms/,
    );
    expect(stderr).toContain("from 2001:db8:2::1 to 2001:db8:2::11 and from 192.0.2.1 to 192.0.2.11");
    expect(stderr).not.toMatch(/7002|8001/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("ssh and rsync by ProxyCommand", async () => {
    const command = "ProxyCommand=portknock proxy %h %p";
    expect((await asUser(lab, ["ssh", "-o", command, "h1", "hostname"])).stdout).toBe("h1\n");
    await closeDoors(host);
    const source = join(__dirname, "../../provider");
    const rsync = ["rsync", "-e", `ssh -o '${command}'`, "-a", "--stats", `${source}/`, "h1:/root/copy/"];
    const { stderr, code } = await asUser(lab, rsync);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const sums = "find . -type f | sort | xargs sha256sum";
    const here = await lab.controller.run(["sh", "-c", sums], { cwd: source });
    expect(await host.run(["sh", "-c", `cd /root/copy && ${sums}`])).toBe(here);
  });

  test("the exported block of ssh_config is all that ssh needs", async () => {
    const { stdout } = await asUser(lab, ["portknock", "export", "h1", "--format", "ssh-config"]);
    const file = join(lab.dir, "exported");
    await writeFile(file, `${stdout}Match all\n  Include ${lab.controller.home}/.ssh/config\n`);
    expect((await asUser(lab, ["ssh", "-F", file, "h1", "hostname"])).stdout).toBe("h1\n");
    expect(stdout).toMatch(/^ *ProxyCommand \S*\/dist\/client\/main\.js'? proxy/m);
    expect(stdout).not.toMatch(/7001|8001|121/);
  });

  test("a name whose preferred family leads nowhere is entered by the other, soon", async () => {
    await lab.controller.run(["sh", "-c", "printf '2001:db8:2::99 half\\n192.0.2.11 half\\n' >>/etc/hosts"]);
    const began = performance.now();
    const args = ["knock", "half", "--sequence", SEQUENCE, "--port", "22", "--json"];
    const { stdout } = await asUser(lab, ["portknock", ...args]);
    expect(JSON.parse(stdout)).toEqual({
      open: true,
      address: "192.0.2.11",
      port: 22,
      source: "192.0.2.1",
      tries: 1,
    });
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
