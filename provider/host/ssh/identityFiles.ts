import { readFile } from "node:fs/promises";
import type { ParsedKey } from "ssh2";
import type { Login } from "../../policy/connection";
import { homePath } from "../sshConfig/file";

/** The keys in the identity files of a login, in their order, and why the other files give none. */
export interface Identities {
  readonly keys: readonly ParsedKey[];
  readonly problems: readonly string[];
}

/** Reads the identity files anew: what they hold is kept nowhere. One that cannot be used is passed over, as with ssh. */
export async function readIdentities({
  identityFiles = [],
  privateKeyPassword,
}: Pick<Login, "identityFiles" | "privateKeyPassword">): Promise<Identities> {
  const read = await Promise.all(identityFiles.map((file) => keyIn(file, privateKeyPassword)));
  return {
    keys: read.filter((key) => typeof key !== "string"),
    problems: read.filter((key) => typeof key === "string"),
  };
}

/** What is wrong where identity files are the only way to log in, and none can be used; undefined where there is a way. */
export async function missingIdentity(login: Login): Promise<string | undefined> {
  const isOnlyWay =
    login.identityFiles !== undefined &&
    !(login.privateKey ?? login.password ?? login.agentSocketPath ?? process.env.SSH_AUTH_SOCK);
  if (!isOnlyWay) return undefined;
  const { keys, problems } = await readIdentities(login);
  return keys.length > 0
    ? undefined
    : `no IdentityFile that ~/.ssh/config names can be used here: ${problems.join("; ")}`;
}

export const IDENTITY_REMEDY =
  "put the key there, give privateKey (and privateKeyPassword for one with a passphrase), or run an ssh-agent that has the key";

/** The key, or why there is none. */
async function keyIn(file: string, passphrase: string | undefined): Promise<ParsedKey | string> {
  const text = await readFile(homePath(file)).catch((error: unknown) => error as NodeJS.ErrnoException);
  if (text instanceof Error) return `${file} cannot be read (${text.code})`;
  const { utils } = await import("ssh2");
  const key = utils.parseKey(text, passphrase);
  if (key instanceof Error) {
    const isShut = /no passphrase given/i.test(key.message);
    return isShut
      ? `${file} has a passphrase`
      : `${file} is no private key, or none that its passphrase opens`;
  }
  return key.isPrivateKey() ? key : `${file} is no private key`;
}
