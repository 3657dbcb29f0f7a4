import type { Failure } from "./conflicts";
import { fields, wholeNumber } from "./fields";
import { hostMistake } from "./hostMistake";
import { limits } from "./limits";
import { HOST_RULE, isHost } from "./names";
import { sequence } from "./schema";
import type { Sequence } from "./types";
import * as z from "./zod";

/** The text of a file, a name, a password. Some are secret, so no message contains a value. */
const text = z.string({ error: "must be text" }).min(1, "must not be empty");

const flag = z.boolean({ error: "must be true or false" });

/** A host name or an address. A user, a port or a scheme belongs into another field. */
function hostField(where: "login" | "approach") {
  const mistake = (host: string) => hostMistake(host, where);
  return z.string({ error: "must be text" }).refine((host) => isHost(host) && mistake(host) === undefined, {
    error: (issue) => mistake(String(issue.input)) ?? HOST_RULE,
  });
}

/** The host of a door to open. Its port is a field of its own. */
export const hostName = hostField("approach");

const hostKey = text.regex(/^[a-z0-9@.-]+ AAAA[A-Za-z0-9+/]+=*( .*)?$/, {
  error:
    'must be a public key as in a .pub file: its type, a space, and the key in base64 ("ssh-ed25519 AAAA…")',
});

/** How to log in to a host. Names and defaults follow `remote.Connection` of @pulumi/command. */
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
  knock: sequence.optional(),
};

const loginSchema = fields(login);

export const connectionSchema = fields({
  ...login,
  sudo: flag.default(false),
  sudoPassword: text.optional(),
  proxy: loginSchema.optional(),
  sshConfig: flag.optional(),
});

/** A login to a host or to a bastion. The paths of identity files come from ~/.ssh/config. */
export type Login = z.output<typeof loginSchema> & { readonly identityFiles?: readonly string[] };

/** A complete connection. Times are in seconds. */
export type Connection = Omit<z.output<typeof connectionSchema>, "proxy"> &
  Pick<Login, "identityFiles"> & { readonly proxy?: Login | undefined };

/** What to do if the host does not answer when its door is deleted. */
export const onUnreachable = z
  .enum(["fail", "abandon"], { error: 'must be "fail" or "abandon"' })
  .default("fail");

/** What to do if the rules are loaded, but cannot be stored for the next boot. */
export const onUnpersisted = z.enum(["fail", "warn"], { error: 'must be "fail" or "warn"' }).default("fail");

/** Without a key and a password only an agent can log in, and the environment may name none. */
export function missingCredentials(
  { proxy, ...connection }: Connection,
  environment: Readonly<Record<string, string | undefined>>,
): Failure[] {
  const reason =
    "has no credential: give privateKey, password or agentSocketPath, or run an ssh-agent (SSH_AUTH_SOCK)";
  const lacks = ({ privateKey, password, agentSocketPath, identityFiles }: Login) =>
    !(privateKey ?? password ?? agentSocketPath ?? identityFiles ?? environment.SSH_AUTH_SOCK);
  return [
    ...(lacks(connection) ? [{ property: "connection", reason }] : []),
    ...(proxy && lacks(proxy) ? [{ property: "connection.proxy", reason }] : []),
  ];
}

/** A bastion opens TCP connections only, so it can send TCP knocks only. */
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
