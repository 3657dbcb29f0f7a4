import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { obeyedIn } from "../hostile";
import { useStack } from "./useStack";
import { prepareHosts, webDoor } from "./world";

/** Escapes of several families, as printf(1) takes them: OSC 52 writes the clipboard of whoever reads it. */
const PRINTF = String.raw`\033]52;c;ZXZpbA==\007\033[2J\302\235x\302\234\342\200\256\r`;
/** The same as people see it. */
const SHOWN = String.raw`\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9dx\x9c\u202e\r`;
const RAW = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9dx\x9c\u202e\r";

const force = (script: string) =>
  `cat >/etc/forced.sh <<'END'\n${script}\nEND\necho 'ForceCommand sh /etc/forced.sh' >>/etc/ssh/sshd_config`;

/** What hosts do to whoever reads what they print. */
const KINDS = {
  comments: undefined,
  greeting: `printf '%s\\n' "printf '${PRINTF}\\n'; printf '${PRINTF}' >&2" | tee /root/.bashrc /root/.profile >/root/.bash_profile
    printf '${PRINTF}' >/etc/banner
    echo 'Banner /etc/banner' >>/etc/ssh/sshd_config`,
  warning: force(
    `sh -c "$SSH_ORIGINAL_COMMAND" | sed "s/^persistence .*/&\\nwarning $(printf '${PRINTF.replace("\\r", "")}')here/"`,
  ),
  stderr: force(`printf 'no sh: ${PRINTF} line\\n\\nHost is fine' >&2; exit 1`),
  refusal: `mkdir /root/real; mv /etc/alternatives/iptables-restore /root/real/iptables-restore
    cat >/etc/alternatives/iptables-restore <<'END'
#!/bin/sh
case "$*" in *-V*) exec /root/real/iptables-restore "$@" ;; esac
cat >/dev/null
printf 'refused: ${PRINTF}\\n' >&2
exit 2
END
    chmod 755 /etc/alternatives/iptables-restore`,
} as const;

describe("hosts that print escapes", () => {
  const names = Object.keys(KINDS);
  const { lab, stack } = useStack({ hosts: names.length });
  const hostOf = (name: keyof typeof KINDS) => lab.host(names.indexOf(name) + 1);

  beforeAll(async () => {
    await prepareHosts(lab, Object.values(KINDS));
    const ssh = join(lab.dir, "home/.ssh");
    await mkdir(ssh, { recursive: true });
    const known = lab.hosts.map(({ ipv4, hostKey }) => `${ipv4} ${hostKey}\n`);
    await writeFile(join(ssh, "known_hosts"), known.join(""));
  });

  /** What a command prints, which is plain whether it works or not. */
  async function printed(command: readonly string[]): Promise<string> {
    const { stdout, stderr } = await stack.exec(command);
    expect(obeyedIn(stdout + stderr, "lines")).toEqual([]);
    return stdout + stderr;
  }
  const pulumi = (...args: string[]) => printed(["pulumi", ...args, "--non-interactive", "--color", "never"]);
  const doors = (...chosen: (keyof typeof KINDS)[]) =>
    stack.declare(Object.fromEntries(chosen.map((name) => [name, webDoor(lab, hostOf(name))])));

  test("errors of scripts show them", async () => {
    await doors("stderr", "refusal");
    const said = await pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
    // Of a shell that starts no script the words are shown, without what only a terminal reads.
    expect(said).toContain("did not start the script; it printed: no sh: x \\u202e line Host is fine.");
    expect(said).toContain(`refused: ${SHOWN}`);
  });

  test("so do warnings, and so do those of an older release's state", async () => {
    await doors("greeting", "warning", "comments");
    const shown = SHOWN.replace("\\r", "");
    expect(await pulumi("up", "--yes", "--skip-preview")).toContain(`warning: ${shown}here`);
    expect(await stack.doors()).toHaveLength(3);
    const state = await stack.export("--show-secrets");
    const old = state.deployment.resources?.find(({ urn }) => urn.endsWith("::warning"));
    expect(old?.outputs?.warnings).toContainEqual(`${shown}here`);
    Object.assign(old?.outputs ?? {}, { warnings: [`${RAW}of before`] });
    const file = join(stack.project, "old.json");
    await writeFile(file, JSON.stringify(state));
    await stack.must("stack", "import", "--file", file);
    expect(await pulumi("preview")).toContain(`warning: ${SHOWN}of before`);
  });

  test("so do comments of rules: in a refresh, in previews, and in the status", async () => {
    const host = hostOf("comments");
    const [door] = (await stack.doors()).filter(({ urn }) => urn.endsWith("::comments"));
    const chain = `PK-${door?.id}`;
    const comment = `"$(printf '${PRINTF.replace("\\r", "")}')"`;
    await host.run([
      "sh",
      "-c",
      `iptables -A ${chain} -p tcp --dport 9 -m comment --comment ${comment} -j RETURN`,
    ]);
    await host.run([
      "sh",
      "-c",
      `place=$(iptables -S PK-0000000000-every | grep -n -e '-j ${chain}$' | cut -d: -f1)
      iptables -R PK-0000000000-every $((place - 1)) -m comment --comment "portknock "${comment} -j ${chain}`,
    ]);
    const shown = SHOWN.replace("\\r", "");
    const status = await printed(["portknock", "status", host.ipv4, "-i", lab.privateKeyFile]);
    expect(status).toContain(`${shown} (${chain})`);
    const json = await printed(["portknock", "status", host.ipv4, "-i", lab.privateKeyFile, "--json"]);
    const [read] = JSON.parse(json) as { doors: { owner: string }[] }[];
    expect(read?.doors[0]?.owner).toBe(shown);
    expect(await printed(["portknock", "status", "--stack", "test"])).toContain(shown);
    expect(await pulumi("refresh", "--yes", "--skip-preview", "--diff")).toContain("]52;c;ZXZpbA==");
    expect(await pulumi("preview", "--diff")).toContain("]52;c;ZXZpbA==");
    const rules = (await stack.doors()).flatMap(({ outputs }) => outputs?.rules as string[]);
    expect(rules.filter((rule) => rule.includes("]52;"))).not.toEqual([]);
    expect(obeyedIn(rules.join(""))).toEqual([]);
  });

  test("a door of any name is made, and its client's name is harmless, which is said", async () => {
    const names = ["$(touch x)", "web 1", "prod/web", "\x1b]52;c;ZXZpbA==\x07"];
    const host = hostOf("comments");
    await stack.declare(
      Object.fromEntries(
        names.map((name, index) => [
          name,
          webDoor(lab, host, { door: [{ protocol: "tcp", ports: [8090 + index] }] }),
        ]),
      ),
    );
    const said = await stack.must("up", "--yes", "--skip-preview");
    for (const [name, made] of [
      ["$(touch x)", "__touch_x_"],
      ["web 1", "web_1"],
      ["prod/web", "prod_web"],
    ]) {
      expect(said).toContain(
        `${name}: \`portknock\` knows this door as ${made}, since its name there must be`,
      );
      const { clientConfig } = await stack.outputs(name ?? "");
      expect(clientConfig.doors[0]?.name).toBe(made);
    }
    await stack.preview("--expect-no-changes");
    await stack.destroy();
  });
});
