import { type ErrorCode, PortKnockError } from "../errors";

/** What helps on this command line, in place of what an `up` would be told: that has fields, and this has options. */
const REMEDIES: Partial<Readonly<Record<ErrorCode, string>>> = {
  unreachable:
    "check that the host is up, and --port; where a door guards SSH, say how to knock (--sequence, --policy, $PORTKNOCK_SEQUENCE, " +
    "~/.config/portknock/config.json), or give --stack, whose state has it.",
  login: "check -l and -i, or that the ssh-agent has the key; --sudo is for users other than root.",
  "host-key":
    "compare the key with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there); then ssh-keygen -R HOST takes an old " +
    "one out of known_hosts, and the first ssh there records the new one. --stack has the key that was recorded at create.",
};

/** The fields of an `up` that errors name, in words of this command line. The first that fits counts. */
const WORDS: readonly (readonly [field: RegExp, option: string])[] = [
  [/set connection\.user to (\S+), and connection\.sudo to true/g, "give -l $1 and --sudo"],
  [/set connection\.user to/g, "name by -l"],
  [/give connection\.sudoPassword, or have/g, "have"],
  [/connection\.privateKeyPassword must be given: privateKey is encrypted/g, "the key of -i is encrypted"],
  [/connection\.privateKey\b/g, "-i"],
  [/connection\.user\b/g, "-l"],
  [/connection\.sudo\b/g, "--sudo"],
  [/connection\.port\b/g, "--port"],
  [/connection\.host\b/g, "HOST"],
];

export function inOwnWords(text: string): string {
  return WORDS.reduce((said, [field, option]) => said.replace(field, option), text);
}

/** The error of a host for which no stack was named, with what to do about it in terms of this command. */
export function withOwnRemedy(error: unknown): unknown {
  if (!(error instanceof PortKnockError)) return error;
  const { code, reason, details } = error;
  const remedy = REMEDIES[code] ?? details.remedy;
  return new PortKnockError(code, inOwnWords(reason), {
    ...details,
    ...(remedy !== undefined && { remedy: inOwnWords(remedy) }),
  });
}
