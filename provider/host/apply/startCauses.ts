/** Why a host did not run our script. */
export interface StartCause {
  readonly reason: (user: string) => string;
  /** `other` is the user that the host names, if any. */
  readonly remedy: (user: string, other: string) => string;
  /** Whether the output proves it. Asking the host again would cost a wrong password or a long wait. */
  readonly isProven?: true;
}

interface KnownCause extends StartCause {
  /** The host's words for it. */
  readonly sign: RegExp;
  /** Or its exit code. */
  readonly code?: number;
}

/** The exit code of guard.sh. */
const GUARD_CODE = 97;

const START_FILES =
  "in the startup files (~/.bashrc, ~/.zshenv, ~/.ssh/rc, …) start another shell for terminals alone: case $- in *i*) exec zsh ;; esac";

/** The first match counts. */
const CAUSES: readonly KnownCause[] = [
  {
    sign: /sudo: (command )?not found|exec: sudo: |sudo: No such file/,
    reason: (user) => `there is no sudo for ${user}`,
    remedy: () => "install it, or log in as root without connection.sudo.",
    isProven: true,
  },
  {
    sign: /sudo: .*(must have a tty|no tty present|a terminal is required|requires? a (tty|terminal))/s,
    reason: (user) => `sudo wants a password of ${user}, or a terminal`,
    remedy: (user) =>
      `give connection.sudoPassword, or have in sudoers \`${user} ALL=(ALL) NOPASSWD: ALL\` and no requiretty.`,
    isProven: true,
  },
  {
    sign: /sudo: (a password is required|interactive authentication is required)/,
    reason: (user) => `sudo wants a password of ${user}`,
    remedy: (user) => `give connection.sudoPassword, or have in sudoers \`${user} ALL=(ALL) NOPASSWD: ALL\`.`,
    isProven: true,
  },
  {
    sign: /not in the sudoers file|not allowed to (execute|run)|may not run sudo/i,
    reason: (user) => `${user} may not run sh with sudo`,
    remedy: (user) => `have in sudoers \`${user} ALL=(ALL) ALL\`, or log in as another user.`,
    isProven: true,
  },
  {
    sign: /^sudo(-rs)?:/m,
    reason: () => "sudo did not start sh",
    remedy: () => "check connection.sudoPassword and the user's rights in sudoers.",
    isProven: true,
  },
  {
    sign: /^Please login as the user/m,
    reason: (user) => `the key of ${user} runs another command there, as images of clouds have it`,
    remedy: (_user, other) => `set connection.user to ${other}, and connection.sudo to true.`,
    isProven: true,
  },
  {
    sign: /password (has )?expired|password change required|required to change your password/i,
    reason: (user) => `the password of ${user} has expired`,
    remedy: (user) =>
      `set a new one there with \`passwd ${user}\`, or have it last for ever: \`chage -M -1 ${user}\`.`,
  },
  {
    sign: /^fish: /m,
    code: GUARD_CODE,
    reason: (user) => `another shell than sh reads the script: a startup file of ${user} starts it`,
    remedy: () => `${START_FILES}.`,
    isProven: true,
  },
  {
    sign: /account is (currently )?not available/i,
    reason: (user) => `${user} has no login shell`,
    remedy: (user) =>
      `set connection.user to one that has a shell, or give it one there: \`chsh -s /bin/sh ${user}\`.`,
  },
  {
    sign: /allows sftp connections only|sftp only/i,
    reason: (user) => `${user} may only use SFTP`,
    remedy: () =>
      "set connection.user to one whom the host's sshd_config gives no ForceCommand, nor the key's line in authorized_keys.",
  },
  {
    sign: /^\S*sh: .*restricted/m,
    reason: (user) => `the login shell of ${user} is a restricted one`,
    remedy: (user) =>
      `set connection.user to one with another shell, or change it there: \`chsh -s /bin/sh ${user}\`.`,
  },
];

const UNKNOWN: StartCause = {
  reason: (user) => `the login shell of ${user} did not start the script`,
  remedy: (user) =>
    `have \`ssh ${user}@HOST true\` work and end with 0: see the login shell (getent passwd ${user}), a command forced by authorized_keys or sshd_config, and startup files that end the shell or start another.`,
};

/** The cause that a host's output and exit code name. */
export function startCauseOf(words: string, ended: number | undefined): StartCause {
  return (
    CAUSES.find(({ sign, code }) => sign.test(words) || (code !== undefined && code === ended)) ?? UNKNOWN
  );
}
