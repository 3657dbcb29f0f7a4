import { readFile } from "node:fs/promises";
import type { Login } from "../../policy/connection";
import { homePath } from "../sshConfig/file";
import { type KeyProblem, readPrivateKey } from "./privateKey";

/** The keys in the identity files of a login, as ssh2 reads them, in their order, and why the other files give none. */
export interface Identities {
  readonly keys: readonly string[];
  readonly problems: readonly string[];
}

/** Reads the identity files each time and keeps no key. Unusable files are skipped, as with ssh. */
export async function readIdentities({
  identityFiles = [],
  privateKeyPassword,
}: Pick<Login, "identityFiles" | "privateKeyPassword">): Promise<Identities> {
  const read = await Promise.all(identityFiles.map((file) => keyIn(file, privateKeyPassword)));
  return {
    keys: read.flatMap((one) => ("key" in one ? [one.key] : [])),
    problems: read.flatMap((one) => ("problem" in one ? [one.problem] : [])),
  };
}

/** The error if identity files are the only credentials and none is usable; else `undefined`. */
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

type Read = { readonly key: string } | { readonly problem: string };

async function keyIn(file: string, passphrase: string | undefined): Promise<Read> {
  const text = await readFile(homePath(file), "utf8").catch(
    (error: unknown) => error as NodeJS.ErrnoException,
  );
  if (text instanceof Error) return { problem: `${file} cannot be read (${text.code})` };
  const key = readPrivateKey(text, passphrase);
  return typeof key === "string" ? { key } : { problem: `${file} ${problemOf(key, passphrase)}` };
}

/** The advice after the colon is for an input field, not for a file. */
function problemOf({ field, reason }: KeyProblem, passphrase: string | undefined): string {
  if (field === "privateKey") return reason.split(": ", 1).join();
  return passphrase === undefined ? "has a passphrase" : "has another passphrase than privateKeyPassword";
}
