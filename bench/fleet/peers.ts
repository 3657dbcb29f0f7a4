import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecResult, Host, Lab } from "../../test/lab/lab";
import { commandPlugin } from "../../test/stack/plugin";
import { REPOSITORY, Stack } from "../../test/stack/stack";
import { articleRules, LOAD, REMOTE_FILE } from "./article";
import { pythonPeers } from "./python";

/** How many hosts each of them works on at once. */
export const AT_ONCE = 16;

/** Something else that puts rules on hosts. */
export interface Peer {
  readonly name: string;
  /** The rules on the hosts, which have none: by the first run; there already: by the others. */
  put(hosts: readonly Host[], isFirst: boolean): Promise<ExecResult>;
  /** Makes it forget the hosts, which lose the rules by other means. */
  forget?(hosts: readonly Host[]): Promise<unknown>;
}

/** The peers that are there; for each other one the reason was printed. */
export async function makePeers(lab: Lab): Promise<Peer[]> {
  const folder = join(lab.dir, "peers");
  await cp(__dirname, folder, { recursive: true });
  await writeFile(join(folder, "article.rules"), articleRules({ withJump: true }));
  await writeFile(join(folder, "again.rules"), articleRules({ withJump: false }));
  await sshSettings(lab);
  const python = await pythonPeers();
  return [
    sshLoop(lab, folder),
    ...(commandPlugin() === undefined ? [] : [await remoteCommand(lab, folder)]),
    ...(python === undefined ? [] : [pyinfra(lab, folder, python), ansible(lab, folder, python)]),
  ];
}

/** As a user has it: a key, and known hosts. */
async function sshSettings(lab: Lab): Promise<void> {
  const folder = join(lab.controller.home, ".ssh");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = lab.hosts.map(({ ipv4, hostKey }) => `${ipv4} ${hostKey}\n`).join("");
  await writeFile(join(folder, "known_hosts"), known);
  await writeFile(join(folder, "config"), `IdentityFile ${lab.privateKeyFile}\nUser root\n`, { mode: 0o600 });
}

/** One handshake, one command, no safety: the least that it can take. */
function sshLoop(lab: Lab, folder: string): Peer {
  return {
    name: "ssh loop",
    put: (hosts, isFirst) =>
      lab.controller.exec(
        [
          "xargs",
          "-P",
          `${AT_ONCE}`,
          "-I{}",
          "sh",
          "-c",
          `ssh {} ${LOAD} <${isFirst ? "article" : "again"}.rules`,
        ],
        { cwd: folder, input: hosts.map(({ ipv4 }) => `${ipv4}\n`).join(""), timeoutMs: 300_000 },
      ),
  };
}

async function remoteCommand(lab: Lab, folder: string): Promise<Peer> {
  const project = join(folder, "command");
  const state = join(folder, "command-state");
  await mkdir(state);
  await symlink(join(REPOSITORY, "node_modules"), join(project, "node_modules"));
  const stack = new Stack(lab, project, state);
  const declare = (hosts: readonly Host[]) =>
    writeFile(
      join(project, "hosts.json"),
      JSON.stringify({
        hosts: hosts.map(({ ipv4 }) => ipv4),
        privateKey: lab.privateKey,
        load: LOAD,
        rules: articleRules({ withJump: true }),
      }),
    );
  await declare([]);
  await stack.must("stack", "init", "test");
  return {
    name: "remote.Command",
    async put(hosts) {
      await declare(hosts);
      return await stack.pulumi("up", "--yes", "--skip-preview", "--parallel", `${AT_ONCE}`);
    },
    forget: () => stack.destroy(),
  };
}

function pyinfra(lab: Lab, folder: string, python: string): Peer {
  const cwd = join(folder, "pyinfra");
  return {
    name: "pyinfra",
    async put(hosts) {
      await cp(join(folder, "article.rules"), join(cwd, "article.rules"));
      // A list on the command line is tried as a file's name first, and that of many hosts is too long for one.
      const addresses = JSON.stringify(hosts.map(({ ipv4 }) => ipv4));
      await writeFile(join(cwd, "inventory.py"), `hosts = ${addresses}\n`);
      return await lab.controller.exec(
        [
          join(python, "pyinfra"),
          ...["-y", "--user", "root", "--key", lab.privateKeyFile, "--parallel", `${AT_ONCE}`],
          ...["inventory.py", "deploy.py"],
        ],
        { cwd, timeoutMs: 300_000 },
      );
    },
  };
}

function ansible(lab: Lab, folder: string, python: string): Peer {
  const cwd = join(folder, "ansible");
  const env = { ANSIBLE_CONFIG: join(cwd, "ansible.cfg") };
  return {
    name: "Ansible",
    async put(hosts) {
      await cp(join(folder, "article.rules"), join(cwd, "article.rules"));
      const inventory = `${hosts.map(({ ipv4 }) => ipv4).join(",")},`;
      return await lab.controller.exec([join(python, "ansible-playbook"), "-i", inventory, "play.yml"], {
        cwd,
        env,
        timeoutMs: 300_000,
      });
    },
    // Its connections outlive it.
    forget: () =>
      lab.controller.exec([
        "sh",
        "-c",
        'for c in "$HOME"/.ansible/cp/*; do ssh -q -O exit -o ControlPath="$c" x; done',
      ]),
  };
}

/** Where the rules are, as they have to be; on the others the peer failed. */
export async function hostsWithRules(hosts: readonly Host[]): Promise<number> {
  const counts = await Promise.all(
    hosts.map((host) => host.run(["sh", "-c", "iptables-save | grep -c ' ARTICLE' || :"])),
  );
  return counts.filter((count) => Number(count) === 5).length;
}

/** Takes the rules from the hosts. */
export async function takeRules(hosts: readonly Host[]): Promise<void> {
  const take = `while iptables -D INPUT -j ARTICLE; do :; done; iptables -F ARTICLE; iptables -X ARTICLE; rm -f ${REMOTE_FILE}`;
  await Promise.all(hosts.map((host) => host.run(["sh", "-c", `{ ${take}; } 2>/dev/null || :`])));
}
