import { PortKnockError } from "../../errors";
import type { Login } from "../../policy/connection";
import { causeOf } from "../../util/cause";
import { hideLogin } from "../hidden";
import type { LoginProgress, Method } from "./credentials";

/** The server of a login: its noun in messages and the path of its fields. */
export interface LoginTarget {
  readonly noun: "host" | "bastion";
  readonly path: "connection" | "connection.proxy";
}

export const HOST: LoginTarget = { noun: "host", path: "connection" };
export const BASTION: LoginTarget = { noun: "bastion", path: "connection.proxy" };

/** A login that failed. */
export interface FailedLogin {
  readonly cause: unknown;
  /** The first bytes that came, as text. */
  readonly greeting: string;
  readonly progress: LoginProgress;
}

/** The error for a login that another try cannot repair. */
export function loginRefusal(login: Login, reason: string, remedy: string, cause?: unknown): PortKnockError {
  return new PortKnockError("login", reason, { ...detailsOf(login, cause), remedy });
}

/** Says why a login failed. The code is `unreachable` where another try may help. */
export function loginError(login: Login, { noun, path }: LoginTarget, failed: FailedLogin): PortKnockError {
  const { user, port } = login;
  const { cause, greeting, progress } = failed;
  const message = cause instanceof Error ? cause.message : "";
  const level = cause instanceof Error && "level" in cause ? cause.level : undefined;
  const missing = MISSING.find(
    ({ sign }) => message.startsWith("Handshake failed: no matching ") && message.includes(sign),
  );
  if (missing) {
    return new PortKnockError("host-unfit", `the ${noun} and this client have no ${missing.what} in common`, {
      ...detailsOf(login),
      remedy: `have its sshd take one of ${missing.known} as well (sshd_config(5), ${missing.option}).`,
    });
  }
  if (DROPPED.test(greeting))
    return unreachable(login, `its sshd drops connections: ${dropReason(greeting)}`);
  if (!progress.isAsked && greeting !== "" && !/^SSH-/m.test(greeting)) {
    return new PortKnockError("host-unfit", `what listens on port ${port} is not an SSH server`, {
      ...detailsOf(login),
      remedy: `set ${path}.port to the port of the ${noun}'s sshd.`,
    });
  }
  if (/too many authentication failures/i.test(message)) return tooMany(login, noun, path, progress);
  if (level === "client-authentication") return denied(login, noun, path, progress);
  if (message === EXPIRED) {
    return loginRefusal(
      login,
      `the password of ${user} has expired`,
      `set a new one on the ${noun}, or give ${path}.privateKey.`,
    );
  }
  if (progress.isAsked && level === undefined) {
    return loginRefusal(
      login,
      `the ${noun} ended the connection while it logged ${user} in`,
      `see the log of its sshd; an account that has expired (chage -l ${user}), or that PAM or a limit keeps out, ends so.`,
      message === CLOSED ? undefined : cause,
    );
  }
  return unreachable(login, "no SSH handshake", cause);
}

/** The message when the other side closes the connection. */
export const CLOSED = "the host closed the connection";

/** The message when the host demands a new password (RFC 4252, 8). */
export const EXPIRED = "the password has expired";

/** What sshd sends instead of its version when it drops a connection (OpenSSH 8.5, 9.8). */
const DROPPED = /^(Exceeded MaxStartups|Not allowed at this time)/;

function dropReason(greeting: string): string {
  return greeting.startsWith("Exceeded")
    ? "too many are logging in (MaxStartups)"
    : "this address failed too often before (PerSourcePenalties)";
}

/** ssh2's messages when both sides share no algorithm, and algorithms that we support. */
const MISSING = [
  {
    sign: "key exchange",
    what: "key exchange algorithm",
    known: "curve25519-sha256, ecdh-sha2-nistp256, diffie-hellman-group14-sha256",
    option: "KexAlgorithms",
  },
  {
    sign: "host key",
    what: "type of host key",
    known: "ssh-ed25519, ecdsa-sha2-nistp256, rsa-sha2-512",
    option: "HostKeyAlgorithms",
  },
  {
    sign: "cipher",
    what: "cipher",
    known: "aes128-gcm@openssh.com, aes256-gcm@openssh.com, aes128-ctr",
    option: "Ciphers",
  },
  {
    sign: "MAC",
    what: "MAC",
    known: "hmac-sha2-256-etm@openssh.com, hmac-sha2-256, hmac-sha2-512",
    option: "MACs",
  },
];

function tooMany(login: Login, noun: string, path: string, { tried }: LoginProgress): PortKnockError {
  const isAgent = tried.some(({ auth }) => auth.type === "agent");
  return loginRefusal(
    login,
    `the ${noun} ended the login of ${login.user} after too many failures; tried: ${titles(tried)}`,
    isAgent
      ? `give the one key that it takes as ${path}.privateKey, or an agent that has no other (${path}.agentSocketPath).`
      : `check ${path}.user and its credentials.`,
  );
}

function denied(login: Login, noun: string, path: string, progress: LoginProgress): PortKnockError {
  const { tried, accepted, wanted } = progress;
  const wants = KNOWN_METHODS.filter((name) => wanted.includes(name));
  if (accepted.length > 0) {
    return loginRefusal(
      login,
      `the ${noun} took ${titles(accepted)} of ${login.user}, and wants more: ${wants.join(" or ")}`,
      `give what it wants as well (${path}.password for password and keyboard-interactive), or change its AuthenticationMethods.`,
    );
  }
  const takes = wants.length > 0 ? `; it takes ${wants.join(", ")}` : "";
  return loginRefusal(
    login,
    `the ${noun} refuses to log ${login.user} in; tried: ${titles(tried)}${takes}`,
    `check ${path}.user and its credentials. The log of its sshd says why: a key that is not authorized, a wrong password, an account that is locked, a shell that does not exist, PermitRootLogin.`,
  );
}

/** The method names that are shown. A host may list any other text. */
const KNOWN_METHODS = ["publickey", "password", "keyboard-interactive", "hostbased", "gssapi-with-mic"];

function titles(methods: readonly Method[]): string {
  return [...new Set(methods.map(({ title }) => title))].join(", ") || "nothing";
}

function unreachable(login: Login, reason: string, cause?: unknown): PortKnockError {
  return new PortKnockError("unreachable", reason, detailsOf(login, cause));
}

/** The cause may quote the server, and the server knows the password. */
function detailsOf(login: Login, cause?: unknown) {
  const hidden = causeOf(cause, (text) => hideLogin(text, login));
  return { host: login.host, phase: "connecting", hostState: "unchanged", cause: hidden } as const;
}
