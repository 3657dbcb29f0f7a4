import { z } from "zod";
import type { Failure } from "./conflicts";
import { limits } from "./limits";
import { fields, policyFields, wholeNumber } from "./schema";

/** A file's text, a name, a password. Secret ones among them are never echoed, so no value stands in a message. */
const text = z.string({ error: "must be text" }).min(1, "must not be empty");

const hostName = text.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$|^[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?$/, {
  error: "must be a host name or an address (IPv6 without brackets)",
});

const hostKey = text.regex(/^[a-z0-9@.-]+ AAAA[A-Za-z0-9+/]+=*( .*)?$/, {
  error:
    'must be a public key as in a .pub file: its type, a space, and the key in base64 ("ssh-ed25519 AAAA…")',
});

/** How to reach a host. Names and defaults are those of @pulumi/command's `remote.Connection`, where it has them. */
export const connectionSchema = fields({
  host: hostName,
  port: wholeNumber("a port", limits.port).default(22),
  user: text.default("root"),
  privateKey: text.optional(),
  privateKeyPassword: text.optional(),
  password: text.optional(),
  agentSocketPath: text.optional(),
  hostKey: hostKey.optional(),
  dialErrorLimit: wholeNumber("a number of tries", { min: 1, max: 100 }).default(10),
  perDialTimeout: wholeNumber("seconds", { min: 1, max: 600 }).default(15),
  sudo: z.boolean({ error: "must be true or false" }).default(false),
  sudoPassword: text.optional(),
  knock: policyFields.sequence.optional(),
});

/** A complete connection. Times are seconds. */
export type Connection = z.output<typeof connectionSchema>;

/** Without a key or a password only an agent can log in, and the one that the environment names may not run. */
export function missingCredential(
  connection: Connection,
  environment: Readonly<Record<string, string | undefined>>,
): Failure[] {
  const { privateKey, password, agentSocketPath } = connection;
  if (privateKey ?? password ?? agentSocketPath ?? environment.SSH_AUTH_SOCK) return [];
  return [
    {
      property: "connection",
      reason:
        "has no credential: give privateKey, password or agentSocketPath, or run an ssh-agent (SSH_AUTH_SOCK)",
    },
  ];
}
