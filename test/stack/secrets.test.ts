import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { killGroup, OPS } from "../lab/lab";
import { forms, leaks, readableByAnyone } from "./leaks";
import { useStack } from "./useStack";
import { sshDoor } from "./world";

/** Above the ports that the system hands out by itself, so that no log has them by chance. */
const SEQUENCE = [
  { protocol: "tcp", port: 61_873 },
  { protocol: "udp", port: 62_941 },
  { protocol: "tcp", port: 63_617 },
];
const ROTATED = [...SEQUENCE.slice(0, 2), { protocol: "tcp", port: 64_709 }];
/** A sequence or a token opens the door. */
const ONE_TIME = { tokens: 4, port: 61_117 };
const PASSPHRASE = "Marked-Passphrase";
const PASSWORD = "Marked-Password";

describe("no secret is in plain text", () => {
  const { lab, stack, host } = useStack();
  let secrets: string[];
  /** Everything that pulumi has printed. */
  const printed: { command: string; text: string }[] = [];

  beforeAll(async () => {
    const make = `ssh-keygen -q -t ed25519 -N ${PASSPHRASE} -f "$HOME/marked" && cat "$HOME/marked"`;
    const privateKey = await lab.controller.run(["sh", "-c", make]);
    const publicKey = await lab.controller.run(["sh", "-c", 'cat "$HOME/marked.pub"']);
    const allow = `cat >>/home/${OPS.user}/.ssh/authorized_keys && echo '${OPS.user}:${PASSWORD}' | chpasswd -c SHA512`;
    await host.run(["sh", "-ec", allow], { input: publicKey });
    marked = {
      user: OPS.user,
      privateKey,
      privateKeyPassword: PASSPHRASE,
      sudo: true,
      sudoPassword: PASSWORD,
    };
    // The first line of a key is the same for all with a passphrase.
    const lines = privateKey.split("\n").slice(2, -2);
    secrets = [...lines, PASSPHRASE, PASSWORD].flatMap(forms);
  });

  let marked: Readonly<Record<string, unknown>>;
  const declare = (connection: Readonly<Record<string, unknown>>, sequence = SEQUENCE) =>
    stack.declare({
      ssh: sshDoor(lab, host, {
        connection: { host: host.ipv4, dialErrorLimit: 1, ...connection },
        sequence,
        oneTime: ONE_TIME,
      }),
    });

  /** What follows the names of the tokens, as it stands in the state, and as rules ask for it. */
  async function markTokens(): Promise<void> {
    const { deployment } = await stack.export("--show-secrets");
    const texts = JSON.stringify(deployment).match(/(?<=ipv[46]\\?":\\?")[0-9a-f]{32}/g) ?? [];
    expect(texts.length).toBeGreaterThanOrEqual(2 * ONE_TIME.tokens);
    const words = texts.flatMap((text) => text.match(/.{8}/g) ?? []);
    secrets.push(...texts.flatMap(forms), ...words, ...words.map((word) => `0x${word.replace(/^0+/, "")}`));
  }

  /** Runs a command that ends as told, keeping what it prints. */
  async function pulumi(ends: "well" | "badly", ...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await stack.pulumi(...args);
    printed.push({ command: args.join(" "), text: stdout + stderr });
    expect(code === 0 ? "well" : "badly", stdout + stderr).toBe(ends);
    return stdout + stderr;
  }

  function leaksIn(text: string): string[] {
    const ports = [...SEQUENCE, ...ROTATED, ONE_TIME].map(({ port }) => port);
    return leaks(text, secrets, ports);
  }

  afterEach(async () => {
    for (const { command, text } of printed.splice(0)) expect(leaksIn(text), command).toEqual([]);
    for (const [path, text] of await stack.files()) expect(leaksIn(text), path).toEqual([]);
  });

  test("the markers are found where they are", async () => {
    const key = await lab.controller.run(["sh", "-c", 'cat "$HOME/marked"; base64 -w0 "$HOME/marked"']);
    expect(leaksIn(key)).toHaveLength(2 * key.split("\n").slice(2, -2).length);
    expect(leaksIn(`${JSON.stringify(marked)}:61873,`)).toEqual(
      expect.arrayContaining([PASSPHRASE, PASSWORD, "61873"]),
    );
  });

  test("of a door's life: preview, up, refresh, drift, rotation", async () => {
    await declare(marked);
    await pulumi("well", "preview", "--diff", "--show-full-output");
    await pulumi("well", "preview", "--json");
    await pulumi("well", "up", "--yes", "--skip-preview", "--diff", "--show-full-output");
    await markTokens();
    const [door] = await stack.doors();
    const ledger = await host.run(["cat", "/etc/portknock/tokens"]);
    expect(ledger.match(new RegExp(`^${door?.id} [0-9a-f]{8}$`, "gm"))).toHaveLength(ONE_TIME.tokens);
    expect(leaksIn(ledger)).toEqual([]);
    await host.run([
      "iptables",
      "-A",
      `PK-${door?.id}-token0`,
      "-p",
      "udp",
      "--dport",
      "61117",
      "-j",
      "ACCEPT",
    ]);
    await host.run([
      "iptables",
      "-A",
      `PK-${door?.id}-1`,
      "-p",
      "udp",
      "--dport",
      "62941",
      "--sport",
      "9",
      "-j",
      "ACCEPT",
    ]);
    await host.run(["iptables", "-A", `PK-${door?.id}`, "-p", "tcp", "--dport", "61873", "-j", "ACCEPT"]);
    const drift = await pulumi("well", "refresh", "--yes", "--skip-preview", "--diff");
    expect(drift).toContain("<a rule that portknock did not make>");
    await declare(marked, ROTATED);
    await pulumi("well", "preview", "--diff", "--show-full-output");
    await pulumi("well", "up", "--yes", "--skip-preview", "--diff", "--show-full-output");
    await pulumi("well", "stack", "export");
    await pulumi("well", "stack", "output", "--json");
  });

  test("on the host, but for what only root may read", async () => {
    const stdout = await readableByAnyone(host);
    const names = await host.run(["sh", "-c", "ls /proc/net/xt_recent; iptables -S | grep '^-N'"]);
    expect(names).toMatch(/pk4-[0-9a-f]{10}-open/);
    expect(stdout).toContain("root:x:0:0:");
    // Nor who has knocked, of which the lists that root sees are full.
    expect(await host.run(["sh", "-c", "cat /proc/net/xt_recent/pk4-*"])).toContain(
      `src=${lab.controller.ipv4}`,
    );
    expect(stdout).not.toContain("src=");
    expect(leaksIn(stdout + names)).toEqual([]);
  });

  test("in the process lists of the host and of the controller while rules are loaded", async () => {
    const watch = ["sh", "-c", "while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; echo; done"];
    const watched = [host, lab.controller].map((node) => {
      const seen = new Set<string>();
      const child = node.spawn(watch);
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        for (const line of text.split("\n")) seen.add(line);
      });
      return { child, seen };
    });
    await declare(marked);
    await pulumi("well", "up", "--yes", "--skip-preview");
    for (const { child, seen } of watched) {
      killGroup(child);
      expect([...seen].join("\n")).toMatch(/iptables|pulumi/);
      expect(leaksIn([...seen].join("\n"))).toEqual([]);
    }
  });

  test("of failures: refused rules, credentials, an unreachable host", async () => {
    await declare(marked, ROTATED);
    // Prints a line of the rules, as iptables-restore of some releases does for one that it does not take.
    const tool = "/etc/alternatives/iptables-restore";
    const real = (await host.run(["readlink", tool])).trim();
    // What it is called says which of the tools a real one is.
    const version = `case "$1" in -V | --version) exec iptables-save -V ;; esac`;
    const refuse = `#!/bin/sh\n${version}\necho "invalid port: $(grep -m1 -e '--dport 6')" >&2\nexit 2\n`;
    await host.run(["sh", "-ec", `cat >/etc/refuse && chmod 755 /etc/refuse && ln -sf /etc/refuse ${tool}`], {
      input: refuse,
    });
    const said = await pulumi("badly", "up", "--yes", "--skip-preview");
    expect(said).toContain("invalid port: ");
    await host.run(["ln", "-sf", real, tool]);
    // With rules to change: credentials alone are not tried out.
    await declare({ ...marked, sudoPassword: `${PASSWORD}-wrong` }, ROTATED);
    await pulumi("badly", "up", "--yes", "--skip-preview");
    await declare({ ...marked, privateKeyPassword: `${PASSPHRASE}-wrong` }, ROTATED);
    await pulumi("badly", "up", "--yes", "--skip-preview");
    await declare({ ...marked, privateKey: undefined, password: `${PASSWORD}-wrong` }, ROTATED);
    await pulumi("badly", "up", "--yes", "--skip-preview");
    await declare({ ...marked, privateKey: String(marked.privateKey).slice(0, -80) }, ROTATED);
    await pulumi("badly", "up", "--yes", "--skip-preview");
    await declare(marked);
    await host.linkDown();
    await pulumi("badly", "refresh", "--yes", "--skip-preview");
    await host.linkUp();
  });

  test("of the end", async () => {
    await pulumi("well", "destroy", "--yes", "--skip-preview");
  });
});
