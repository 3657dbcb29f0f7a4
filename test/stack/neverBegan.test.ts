import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Host, type Lab, OPS, startLab } from "../lab/lab";
import { type Situation, told } from "../situations";
import { Attempts, account } from "./attempts";
import { connection } from "./world";

/** An account with which our script never begins, and what is said of it. */
interface Case {
  readonly user: string;
  readonly situation: Situation;
  /** What the host prints, as the message has it, where that differs. */
  readonly words?: string;
  readonly shell?: string;
  /** What is done to the account, in its home. */
  readonly more?: string;
  readonly sshd?: string;
  readonly login?: Readonly<Record<string, unknown>>;
}

const NOTHING = " nothing";
const bashrc = (line: string) => `echo '${line}' >.bashrc`;
const forced = (command: string) => `sed -i 's|^|command="${command}" |' .ssh/authorized_keys`;

/** As cloud-init writes it for root (its disable_root_opts). */
const CLOUD =
  'echo \'Please login as the user \\"admin\\" rather than the user \\"root\\".\';echo;sleep 10;exit 142';

const cases: readonly Case[] = [
  { user: "nologin", situation: "user has no shell", shell: "/usr/sbin/nologin" },
  { user: "false", situation: "nothing started", shell: "/bin/false", words: NOTHING },
  {
    user: "sftp",
    situation: "user may only use SFTP",
    sshd: "Match User sftp\n  ForceCommand internal-sftp\nMatch all",
  },
  {
    user: "cloud",
    situation: "root is turned away by the cloud's image",
    more: `cat >line <<'END'\ncommand="${CLOUD}" \nEND\ntr -d '\\n' <line | cat - .ssh/authorized_keys >keys; cp keys .ssh/authorized_keys`,
  },
  { user: "forced", situation: "nothing started", more: forced("echo hello"), words: ": hello" },
  {
    user: "rbash",
    situation: "shell is restricted",
    shell: "/bin/rbash",
    words: ": rbash: line 1: exec: restricted",
  },
  {
    user: "due",
    situation: "password has expired",
    more: "chage -d 0 due",
    sshd: "UsePAM yes",
    words: ": WARNING: Your password has expired. Password change required but no TTY available.",
  },
  { user: "ender", situation: "nothing started", more: bashrc("exit 0"), words: NOTHING },
  {
    user: "zsh",
    situation: "another shell reads the script",
    more: bashrc("exec zsh"),
    words: NOTHING,
  },
  {
    user: "fish",
    situation: "another shell reads the script",
    more: bashrc("exec fish"),
    words: [
      ": fish: 'case' builtin not inside of switch block case $",
      "{ZSH_VERSION-} in ?*) exit 97 ;; esac ^~~^",
    ].join(""),
  },
  {
    user: "tcsh",
    situation: "another shell reads the script",
    more: bashrc("exec tcsh"),
    words: NOTHING,
  },
  {
    user: "nosudo",
    situation: "sudo is missing",
    more: `mkdir bin; ln -s /bin/sh bin/sh; ${bashrc("PATH=/home/nosudo/bin")}`,
    login: { sudo: true },
    words: ": bash: line 1: exec: sudo: not found",
  },
  { user: OPS.user, situation: "sudo wants a password", login: { sudo: true } },
  {
    user: "tty",
    situation: "sudo wants a terminal",
    more: "printf 'Defaults:tty requiretty\\ntty ALL=(ALL) NOPASSWD: ALL\\n' >/etc/sudoers.d/tty; chmod 440 /etc/sudoers.d/tty",
    login: { sudo: true },
    words: ": sudo: sorry, you must have a tty to run sudo",
  },
  {
    user: "plain",
    situation: "sudo is not for this user",
    more: "echo plain:secret | chpasswd",
    login: { sudo: true, sudoPassword: "secret" },
    words: ": plain is not in the sudoers file.",
  },
];

describe("where the script never began", () => {
  let lab: Lab;
  let host: Host;
  let attempts: Attempts;

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    attempts = await Attempts.of(lab, host);
  });
  afterAll(async () => {
    attempts?.stop();
    await lab?.stop();
  });

  let accounts = 3000;
  const makeAccount = (user: string, shell = "/bin/bash", more = ":", id = ++accounts) =>
    host.run(["sh", "-ec", account(user, shell, `cd /home/${user}; ${more}`, id)]);

  test.each(cases)("$user: $situation", async ({ user, situation, words, shell, more, sshd, login }) => {
    await makeAccount(user, shell, more);
    await attempts.configure(host, sshd);
    const began = performance.now();
    const { error } = await attempts.create(connection(lab, host, { user, ...login }));
    const seconds = (performance.now() - began) / 1000;
    const start = `${host.ipv4}, applying`;
    const values = { start, user, ...(words !== undefined && { words }) };
    expect(error?.message).toContain(told(situation, values));
    expect(seconds).toBeLessThan(5);
    expect(await attempts.rounds(host)).toBe(1);
    await attempts.configure(host);
    await attempts.expectUntouched();
  });

  test("a startup file that sends away what is printed: nothing is claimed, and the host goes back", async () => {
    await makeAccount("mute", "/bin/bash", bashrc("exec >/dev/null 2>&1"), 0);
    const login = connection(lab, host, { user: "mute" });
    const { error } = await attempts.create(login);
    expect(error?.message).toContain(
      told("what the script prints is sent away", { start: `${host.ipv4}, applying`, seconds: 60 }),
    );
    const { outs } = await attempts.create(connection(lab, host));
    await attempts.remove({ ...(outs && { outs }) });
  });

  test.each([
    ["prints without a line break", "/bin/bash", bashrc("printf hello")],
    ["prints colours", "/bin/bash", bashrc('printf "\\033[31mhello\\033[0m\\n"; echo oops >&2')],
    ["is replaced by bash", "/bin/bash", bashrc("exec bash")],
    ["is zsh", "/bin/zsh", "touch .zshrc"],
    ["is fish", "/usr/bin/fish", ":"],
    ["is tcsh", "/bin/tcsh", ":"],
    ["reads a line", "/bin/bash", bashrc("read -r line")],
  ])("a login shell that %s starts the script", async (name, shell, more) => {
    const user = name.replace(/\W/g, "").slice(0, 20);
    await makeAccount(user, shell, more, 0);
    await attempts.remove(await attempts.create(connection(lab, host, { user })));
  });
});
