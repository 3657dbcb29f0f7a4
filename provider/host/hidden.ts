import type { Connection, Login } from "../policy/connection";

/** Shorter texts occur in other texts by chance. */
const LEAST_CHARACTERS = 4;

/** Hides what a login keeps secret in a text that a host, or a program on the way, has written. */
export function hideLogin(text: string, login: Login | Connection): string {
  return secretsOf(login).reduce((hidden, secret) => hidden.replaceAll(secret, "<hidden>"), text);
}

/** The longest first, since one may contain another. A key counts line by line. */
function secretsOf(login: Login | Connection): string[] {
  const { password, privateKey = "", privateKeyPassword } = login;
  const own = [password, privateKeyPassword, "sudoPassword" in login ? login.sudoPassword : undefined];
  const ofProxy = "proxy" in login && login.proxy ? secretsOf(login.proxy) : [];
  const lines = privateKey.split("\n").filter((line) => !line.startsWith("-----"));
  return [...own, ...lines.map((line) => line.trim()), ...ofProxy]
    .filter((secret): secret is string => secret !== undefined && secret.length >= LEAST_CHARACTERS)
    .sort((a, b) => b.length - a.length);
}
