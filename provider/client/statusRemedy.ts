import { type ErrorCode, PortKnockError } from "../errors";

/** Remedies in options of this command. The remedies of other errors name fields of the Pulumi program. */
const REMEDIES: Partial<Readonly<Record<ErrorCode, string>>> = {
  unreachable:
    "check that the host is up, and --port. If a door guards SSH, give its sequence (--sequence, --policy, $PORTKNOCK_SEQUENCE, " +
    "~/.config/portknock/config.json), or --stack: its state has the sequence.",
  login: "check -l and -i, or that the ssh-agent has the key. Users other than root need --sudo.",
  "host-key":
    "compare the key with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there); then `ssh-keygen -R HOST` removes " +
    "an old key from known_hosts, and the next ssh to the host records the new one. --stack uses the key that was recorded at create.",
};

/** Fields of the Pulumi program, and the options of this command that replace them in messages. The first match counts. */
const WORDS: readonly (readonly [field: RegExp, option: string])[] = [
  [/set connection\.user to (\S+), and connection\.sudo to true/g, "give -l $1 and --sudo"],
  [/set connection\.user to/g, "give -l"],
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

/** Rewrites the error of a host that no stack describes: its remedy names options of this command. */
export function withOwnRemedy(error: unknown): unknown {
  if (!(error instanceof PortKnockError)) return error;
  const { code, reason, details } = error;
  const remedy = REMEDIES[code] ?? details.remedy;
  return new PortKnockError(code, inOwnWords(reason), {
    ...details,
    ...(remedy !== undefined && { remedy: inOwnWords(remedy) }),
  });
}
