import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { normalise, normaliseNft } from "./host";
import { type Host, killGroup, type Lab, OPS, startLab, type Variant } from "./lab";

const variants: Variant[] = ["nf_tables", "legacy", "nftables"];

const TOOLS = ["iptables", "ip6tables"].flatMap((tool) => [tool, `${tool}-save`, `${tool}-restore`]);

/** All that a host without iptables has none of, whatever each is called. */
const NO_TOOLS = [
  ...["iptables", "ip6tables", "ebtables", "arptables"].flatMap((tool) =>
    ["", "-nft", "-legacy"].flatMap((variant) =>
      ["", "-save", "-restore"].map((verb) => `${tool}${variant}${verb}`),
    ),
  ),
  ...["xtables-nft-multi", "xtables-legacy-multi", "xtables-monitor", "iptables-xml", "iptables-translate"],
];

/** Foreign rules that the texts of both families have. */
const FOREIGN = {
  iptables: {
    tables: { ipv4: ["*filter", "*nat", "*mangle"], ipv6: ["*filter", "*nat", "*mangle"] },
    lines: [
      String.raw`--comment "the shop\'s \"old\" door; don\'t touch" -j FOREIGN-LOG`,
      "-A FORWARD -s ",
      "-A PREROUTING -p tcp -m tcp --dport 8081 -j REDIRECT --to-ports 8080\n",
    ],
  },
  // Its filter is of both families at once, and stands in the text of the first.
  nftables: {
    tables: { ipv4: ["table inet host {", "table ip host {"], ipv6: ["table ip6 host {"] },
    lines: ["tcp dport 8081 redirect to :8080\n"],
  },
};

function machine(): string {
  const files = ["/etc", "/root/.ssh", "/usr/local"].filter((path) => existsSync(path));
  const find = ["-xdev", "-printf", "%p %m %s %T@\n"];
  const addresses = execFileSync("ip", ["address"]).toString();
  return [
    readdirSync("/sys/class/net").join(" "),
    addresses.replace(/_lft .*/g, ""),
    execFileSync("ip", ["route"]).toString(),
    normalise(execFileSync("iptables-save").toString()),
    normalise(execFileSync("ip6tables-save").toString()),
    execFileSync("nft", ["-s", "list", "ruleset"]).toString(),
    execFileSync("cat", ["/proc/self/mounts"]).toString(),
    execFileSync("find", [...files, ...find], { maxBuffer: 1 << 28 }).toString(),
  ].join("\n");
}

function pidNamespace(pid: number): string {
  return readlinkSync(`/proc/${pid}/ns/pid`);
}

/** Processes come and go while this reads. */
function processesIn(namespaces: string[]): string[] {
  return readdirSync("/proc").filter((entry) => {
    try {
      return /^\d+$/.test(entry) && namespaces.includes(pidNamespace(Number(entry)));
    } catch {
      return false;
    }
  });
}

async function waitUntil(condition: () => boolean, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not so after ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.each(variants)("a lab of variant %s", (variant) => {
  const before = machine();
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab({ hosts: 2, variant });
  }, 30_000);
  afterAll(() => lab.stop());

  const ssh = (host: Host, address: string, user: string, command: string) =>
    lab.controller.exec([
      "ssh",
      ...["-i", lab.privateKeyFile, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"],
      ...["-o", `KnownHostsCommand=/bin/echo ${address} ${host.hostKey}`, `${user}@${address}`, command],
    ]);

  test("every host answers ssh on both families, with its own host key and name", async () => {
    for (const host of lab.hosts) {
      for (const address of [host.ipv4, host.ipv6]) {
        const login = await ssh(host, address, "root", "hostname");
        expect(login).toMatchObject({ stdout: `${host.name}\n`, code: 0 });
      }
    }
    expect(lab.host(1).hostKey).not.toBe(lab.host(2).hostKey);
  });

  test("ops needs a password for sudo, deploy does not", async () => {
    const host = lab.host();
    expect((await ssh(host, host.ipv4, "ops", "sudo -n id -u")).code).not.toBe(0);
    expect((await ssh(host, host.ipv4, "ops", `echo ${OPS.password} | sudo -S id -u`)).stdout).toBe("0\n");
    expect((await ssh(host, host.ipv4, "deploy", "sudo -n id -u")).stdout).toBe("0\n");
  });

  if (variant === "nftables")
    test("nft is there, and no tool of iptables, for no shell and no account", async () => {
      const host = lab.host();
      expect(await host.run(["nft", "--version"])).toMatch(/^nftables v/);
      const script = `for tool in ${NO_TOOLS.join(" ")}; do command -v "$tool"; done; command -v nft`;
      for (const shell of ["dash", "bash", "busybox ash"]) {
        const { stdout } = await host.exec([...shell.split(" "), "-c", script]);
        expect(stdout).toBe("/usr/sbin/nft\n");
        expect((await ssh(host, host.ipv4, "deploy", `sudo -n ${shell} -c '${script}'`)).stdout).toBe(stdout);
      }
      expect(await host.exec(["iptables", "-V"])).toMatchObject({ stdout: "", code: 127 });
      expect((await host.exec(["sh", "-c", "ls /usr/sbin/*tables* /usr/bin/*tables*"])).stdout).toBe("");
      expect((await host.exec(["touch", "/usr/sbin/leak"])).stderr).toContain("Read-only");
    });
  else
    test("all of the tools are of that variant", async () => {
      for (const tool of TOOLS) expect(await lab.host().run([tool, "-V"])).toContain(`(${variant})`);
    });

  test("foreign rules are there, the same text however many packets they have seen", async () => {
    const host = lab.host();
    const first = await host.firewall();
    const { tables, lines } = FOREIGN[variant === "nftables" ? "nftables" : "iptables"];
    for (const family of ["ipv4", "ipv6"] as const) {
      for (const line of lines) expect(first[family]).toContain(line);
      expect(first[family].match(/^(?:\*|table ).*$/gm)).toEqual(tables[family]);
    }
    await ssh(host, host.ipv6, "root", "true");
    expect(await host.firewall()).toEqual(first);
  });

  test("a web service listens, also behind the foreign redirection", async () => {
    const urls = ["http://h2:8080", `http://${lab.host(2).ipv4}:8081`];
    const answers = urls.map((url) => lab.controller.run(["busybox", "wget", "-qO-", url]));
    expect(await Promise.all(answers)).toEqual(["h2\n", "h2\n"]);
  });

  test("sshd restarts; a link goes down and comes up", async () => {
    const host = lab.host();
    await host.restartSshd();
    expect((await ssh(host, host.ipv6, "root", "hostname")).stdout).toBe("h1\n");
    const ping = () => lab.controller.exec(["ping", "-c1", "-W1", host.ipv6]);
    await host.linkDown();
    expect((await ping()).code).not.toBe(0);
    await host.linkUp();
    expect((await ping()).code).toBe(0);
  });

  test("packets from other sources reach a host, and answers come back", async () => {
    for (const source of ["198.51.100.7", "2001:db8:51::7"]) {
      await lab.controller.addAddress(source);
      const to = source.includes(":") ? lab.host().ipv6 : lab.host().ipv4;
      expect((await lab.controller.exec(["ping", "-c1", "-W2", "-I", source, to])).code).toBe(0);
    }
  });

  test("a command gets its input, environment and directory, and ends in time with all its children", async () => {
    const { controller } = lab;
    expect((await controller.exec(["cat"], { input: "in" })).stdout).toBe("in");
    const told = await controller.exec(["sh", "-c", "echo $HOME $A; pwd; exit 3"], {
      env: { A: "a" },
      cwd: "/usr",
    });
    expect(told).toEqual({ stdout: `${lab.dir}/home a\n/usr\n`, stderr: "", code: 3 });
    expect((await controller.run(["sh", "-c", "echo ~root; pwd"])).split("\n")[1]).toBe(process.cwd());
    expect((await controller.exec(["node", "-v"])).stdout).toBe(`${process.version}\n`);
    const late = await lab.host().exec(["sh", "-c", "sleep 77 & sleep 77"], { timeoutMs: 200 });
    expect(late.code).toBe(124);
    expect(await lab.host().run(["ps", "ax"])).not.toContain("sleep 77");
  });

  test("orphans are reaped, and nothing is written outside of the host", async () => {
    const host = lab.host();
    await host.run(["sh", "-c", "(setsid sh -c 'sleep 0.05 & sleep 0.05 &' &); sleep 0.3"]);
    // Parent 0 is outside of the host: what a killed command leaves there is the machine's to reap, in its own time.
    const states = () => host.run(["ps", "-eo", "ppid=,stat=,args="]);
    await expect.poll(states).not.toMatch(/^ *[1-9]\d* +Z/m);
    for (const dir of ["/etc", "/root", "/home", "/run", "/tmp", "/var/lib", "/var/log", "/dev/shm"]) {
      await host.run(["touch", `${dir}/${variant}-leak`]);
      expect(existsSync(`${dir}/${variant}-leak`)).toBe(false);
    }
    expect((await host.exec(["touch", "/usr/local/leak"])).stderr).toContain("Read-only");
    expect(machine()).toBe(before);
  });

  test("a second lab is another network", async () => {
    const other = await startLab({ hosts: 1, variant });
    expect(other.host().hostKey).not.toBe(lab.host().hostKey);
    const deaf = variant === "nftables" ? "nft insert rule inet host input drop" : "iptables -P INPUT DROP";
    await other.host().run(deaf.split(" "));
    expect((await ssh(lab.host(), lab.host().ipv4, "root", "hostname")).stdout).toBe("h1\n");
    await other.stop();
    expect(existsSync(other.dir)).toBe(false);
  });
});

test("after stop nothing of the lab is left", async () => {
  const before = machine();
  const lab = await startLab({ hosts: 3 });
  const namespaces = [lab.controller, ...lab.hosts].map((node) => pidNamespace(node.pid));
  const running = lab.controller.spawn(["sleep", "600"]);
  expect(processesIn(namespaces).length).toBeGreaterThan(10);
  await lab.stop();
  expect(processesIn(namespaces)).toEqual([]);
  expect(existsSync(lab.dir)).toBe(false);
  expect(machine()).toBe(before);
  killGroup(running);
  await lab.stop();
});

test("the lab ends with its owner, even when that is killed", async () => {
  const script = `bash "${join(__dirname, "lab.sh")}" up --owner $$ && exec sleep 600`;
  const owner = spawn("bash", ["-c", script], { detached: true });
  const info = await new Promise<{ dir: string; switchPid: number }>((resolve) => {
    let text = "";
    owner.stdout.on("data", (data: Buffer) => {
      text += data;
      if (text.endsWith("\n}\n")) resolve(JSON.parse(text) as { dir: string; switchPid: number });
    });
  });
  const namespace = pidNamespace(info.switchPid);
  killGroup(owner);
  await waitUntil(() => !existsSync(info.dir), 5000);
  expect(processesIn([namespace])).toEqual([]);
});

/** Hosts have these folders empty, and people clone into them. */
test.each(["/tmp", "/root", "/home", "/var/tmp"])(
  "a host finds the repository where it lies, in %s too, and cannot write there",
  (place) => {
    const clone = mkdtempSync(join(place, "portknock clone."));
    try {
      cpSync(__dirname, join(clone, "test/lab"), { recursive: true });
      writeFileSync(join(clone, "package.json"), "{}");
      const script = `
        lab="$1/test/lab/lab.sh"
        dir=$(bash "$lab" up --owner $$ | sed -n 's/^ *"dir": "\\(.*\\)",*$/\\1/p')
        on_host() { bash "$lab" exec "$dir" h1 -- "$@"; }
        on_host cat "$1/package.json"
        on_host ls "$2"
        ! on_host touch "$1/written" 2>/dev/null
        bash "$lab" down "$dir"`;
      const [top = ""] = clone.slice(place.length + 1).split("/");
      const said = execFileSync("bash", ["-ec", script, "bash", clone, place], { encoding: "utf8" });
      // Of the machine's folder nothing else is there, but what the host itself has made.
      const others = place === "/home" ? ["deploy", "ops"] : [];
      expect(said).toBe(
        `{}${[...others, top]
          .sort()
          .map((name) => `${name}\n`)
          .join("")}`,
      );
      expect(existsSync(join(clone, "written"))).toBe(false);
    } finally {
      rmSync(clone, { recursive: true });
    }
  },
);

test("normalise leaves out what changes by itself, and only that", () => {
  const rules = '-A INPUT -m comment --comment "# [1:2]" -j ACCEPT\n';
  const saved = `# by\n*raw\n:A [1:1]\nCOMMIT\n*nat\n:X - [3:4]\nCOMMIT\n*filter\n:INPUT DROP [1:2]\n${rules}COMMIT\n# end\n`;
  expect(normalise(saved)).toBe(`*filter\n:INPUT DROP\n${rules}COMMIT\n*nat\n:X -\nCOMMIT\n`);
});

test("of nft's listing normalise leaves out what packets put into the sets of doors, and only that", () => {
  const foreign = `table inet host {
\tset guests {
\t\ttype ipv4_addr
\t\telements = { 192.0.2.7 }
\t}

\tchain input {
\t\tcounter drop
\t}
}
`;
  const map = "\tmap input-tcp {\n\t\ttype inet_service : verdict\n\t\telements = { 22 : goto PK-0 }\n\t}\n";
  const chain = "\tchain PK-0 {\n\t\ttcp dport 22 counter drop\n\t}\n";
  const sets = ["known", "pk6-0-1"].map((name) => `\tset ${name} {\n\t\ttype ipv6_addr\n`);
  const elements =
    "\t\telements = { 2001:db8::1 timeout 1m expires 5s,\n\t\t\t     2001:db8::2 timeout 1m }\n";
  const table = (...objects: string[]) => `table ip6 portknock {\n${objects.join("\n")}}\n`;
  const empty = sets.map((set) => `${set}\t}\n`);
  const held = table(...sets.map((set) => `${set}${elements}\t}\n`), map, chain);
  const { ipv4, ipv6 } = normaliseNft(`${foreign}${held}`);
  expect(ipv4).toBe(foreign);
  expect(ipv6).toBe(`table ip6 portknock {\n${[chain, map, ...empty].join("")}}\n`);
  // In whatever order the objects came.
  expect(normaliseNft(table(chain, ...empty, map)).ipv6).toBe(ipv6);
});
