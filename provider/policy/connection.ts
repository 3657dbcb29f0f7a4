import { z } from "zod";
import type { Failure } from "./conflicts";
import { fields, wholeNumber } from "./fields";
import { hostMistake } from "./hostMistake";
import { limits } from "./limits";
import { HOST_RULE, isHost } from "./names";
import { sequence } from "./schema";
import type { Sequence } from "./types";

/** A file's text, a name, a password. Secret ones among them are never echoed, so no value stands in a message. */
const text = z.string({ error: "must be text" }).min(1, "must not be empty");

const flag = z.boolean({ error: "must be true or false" });

/** A name, or an address of either family, and nothing of what has fields of its own where it stands. */
function hostField(where: "login" | "approach") {
  const mistake = (host: string) => hostMistake(host, where);
  return z.string({ error: "must be text" }).refine((host) => isHost(host) && mistake(host) === undefined, {
    error: (issue) => mistake(String(issue.input)) ?? HOST_RULE,
  });
}

/** The host of a door that is to be opened, beside a port. */
export const hostName = hostField("approach");

const hostKey = text.regex(/^[a-z0-9@.-]+ AAAA[A-Za-z0-9+/]+=*( .*)?$/, {
  error:
    'must be a public key as in a .pub file: its type, a space, and the key in base64 ("ssh-ed25519 AAAA…")',
});

/** How to log in to a host. Names and defaults are those of @pulumi/command's `remote.Connection`, where it has them. */
const login = {
  host: hostField("login"),
  port: wholeNumber("a port", limits.port).default(22),
  user: text.default("root"),
  privateKey: text.optional(),
  privateKeyPassword: text.optional(),
  password: text.optional(),
  agentSocketPath: text.optional(),
  hostKey: hostKey.optional(),
  acceptNewHostKey: flag.default(true),
  dialErrorLimit: wholeNumber("a number of tries", { min: 1, max: 100 }).default(10),
  perDialTimeout: wholeNumber("seconds", { min: 1, max: 600 }).default(15),
};

const loginSchema = fields(login);

export const connectionSchema = fields({
  ...login,
  sudo: flag.default(false),
  sudoPassword: text.optional(),
  knock: sequence.optional(),
  proxy: loginSchema.optional(),
});

/** A complete connection. Times are seconds. */
export type Connection = z.output<typeof connectionSchema>;

/** What it takes to log in, to a host or to the bastion on the way. */
export type Login = z.output<typeof loginSchema>;

/** What to do about a door whose host is gone for good when the door is deleted. */
export const onUnreachable = z
  .enum(["fail", "abandon"], { error: 'must be "fail" or "abandon"' })
  .default("fail");

/** What to do about rules that hold, but cannot be stored for the next boot. */
export const onUnpersisted = z.enum(["fail", "warn"], { error: 'must be "fail" or "warn"' }).default("fail");

/** Without a key or a password only an agent can log in, and the one that the environment names may not run. */
export function missingCredentials(
  { proxy, ...connection }: Connection,
  environment: Readonly<Record<string, string | undefined>>,
): Failure[] {
  const reason =
    "has no credential: give privateKey, password or agentSocketPath, or run an ssh-agent (SSH_AUTH_SOCK)";
  const lacks = ({ privateKey, password, agentSocketPath }: Login) =>
    !(privateKey ?? password ?? agentSocketPath ?? environment.SSH_AUTH_SOCK);
  return [
    ...(lacks(connection) ? [{ property: "connection", reason }] : []),
    ...(proxy && lacks(proxy) ? [{ property: "connection.proxy", reason }] : []),
  ];
}

/** A bastion opens TCP connections and nothing else, so it can knock at the SSH port only with those. */
export function unsendableSteps(sequence: Sequence, property: string): Failure[] {
  return sequence.flatMap((step, index) =>
    step.protocol === "tcp"
      ? []
      : [
          {
            property: `${property}[${index}]`,
            reason: `must be a TCP step: the knock that lets Pulumi in goes through connection.proxy, and a bastion cannot send ${step.protocol.toUpperCase()} packets`,
          },
        ],
  );
}
