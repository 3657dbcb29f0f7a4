import type { Duplex } from "node:stream";
import type { AnyAuthMethod, Client, ConnectConfig } from "ssh2";
import { causeOf } from "../../cause";
import { PortKnockError } from "../../errors";
import { hideLogin } from "../../hidden";
import type { Login } from "../../policy/connection";
import { answerLimits } from "../answerLimits";
import { fingerprint, type HostKey, hostKeyOf } from "../hostKey";
import { isRevoked, isTrusted, type Trust } from "../trust";

import { ALGORITHMS } from "./algorithms";
import { IDENTITY_REMEDY, missingIdentity, readIdentities } from "./identityFiles";
import { LimitPassed, sizeText } from "./meter";

/** A client that is logged in, and the key that the host presented. */
export interface LoggedIn {
  readonly client: Client;
  readonly hostKey: HostKey;
}

/**
 * Logs in over an open TCP connection.
 * @throws PortKnockError `login`, `host-key`; `unreachable` (worth another try) where the handshake broke off; LimitPassed.
 */
export async function logIn(login: Login, socket: Duplex, trust: Trust): Promise<LoggedIn> {
  // Most of what Pulumi asks of the provider needs no connection, and ssh2 takes as long to load as all the rest.
  const { Client } = await import("ssh2");
  const methods = [...(await identityMethods(login)), ...credentials(login).authHandler];
  const client = new Client();
  let presented: HostKey | undefined;
  const isAccepted = (key: HostKey) => isTrusted(trust, key, login.acceptNewHostKey);
  try {
    await new Promise<void>((resolve, reject) => {
      client.on("ready", resolve);
      client.on("error", reject);
      client.on("close", () => reject(new Error("the host closed the connection")));
      let questions = 0;
      client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) => {
        questions += prompts.length;
        if (questions <= answerLimits.questions) finish(prompts.map(() => login.password ?? ""));
        else
          reject(
            new LimitPassed(
              `it asked more than ${answerLimits.questions} questions before the login was over`,
            ),
          );
      });
      client.connect({
        ...credentials(login),
        // Names and objects may be mixed, which ssh2's types do not say.
        authHandler: methods as AnyAuthMethod[],
        sock: socket,
        username: login.user,
        readyTimeout: login.perDialTimeout * 1000,
        // A host that falls silent during a script is noticed after 15 s.
        keepaliveInterval: 5_000,
        keepaliveCountMax: 3,
        algorithms: { ...ALGORITHMS, serverHostKey: preferred(trust) },
        hostVerifier: (blob: Buffer) => {
          if (blob.length > answerLimits.hostKeyBytes) {
            reject(new LimitPassed(`its host key is larger than ${sizeText(answerLimits.hostKeyBytes)}`));
            return false;
          }
          presented = hostKeyOf(blob);
          return isAccepted(presented);
        },
      });
    });
  } catch (cause) {
    client.destroy();
    socket.destroy();
    if (cause instanceof LimitPassed) throw cause;
    if (presented && !isAccepted(presented)) throw untrustedHostKey(login, trust, presented);
    throw loginError(login, cause);
  }
  // Later errors reach whoever waits for a channel, by its end.
  client.on("error", () => undefined);
  return { client, hostKey: presented ?? { type: "", base64: "" } };
}

type LoginMethod = "publickey" | "agent" | "password" | "keyboard-interactive";

/** The keys of identity files. Without any way to log in, nothing is asked of the host. */
async function identityMethods(login: Login): Promise<AnyAuthMethod[]> {
  const { identityFiles, user: username, host } = login;
  if (identityFiles === undefined) return [];
  const problem = await missingIdentity(login);
  if (problem !== undefined) {
    throw new PortKnockError("login", problem, {
      host,
      phase: "connecting",
      hostState: "unchanged",
      remedy: `${IDENTITY_REMEDY}.`,
    });
  }
  const { keys } = await readIdentities(login);
  return keys.map((key) => ({ type: "publickey", username, key }));
}

/** Asking for what is there, in ssh's order, saves the round trip that ssh2 spends on asking what is allowed. */
function credentials(login: Login): ConnectConfig & { readonly authHandler: LoginMethod[] } {
  const { privateKey, privateKeyPassword, password } = login;
  const agent = login.agentSocketPath ?? (privateKey || password ? undefined : process.env.SSH_AUTH_SOCK);
  const methods: LoginMethod[] = [
    ...(privateKey ? (["publickey"] as const) : []),
    ...(agent ? (["agent"] as const) : []),
    ...(password ? (["password", "keyboard-interactive"] as const) : []),
  ];
  return {
    ...(privateKey && { privateKey }),
    ...(privateKeyPassword && { passphrase: privateKeyPassword }),
    ...(agent && { agent }),
    ...(password && { password, tryKeyboard: true }),
    authHandler: methods,
  };
}

const KEY_ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/** Asks first for keys of the types that are known, as OpenSSH does: a host has several, and one may be pinned. */
function preferred({ keys }: Trust): (typeof KEY_ALGORITHMS)[number][] {
  const isKnown = (algorithm: string) =>
    keys.some(({ type }) => type === algorithm || (type === "ssh-rsa" && algorithm.startsWith("rsa-")));
  return [...KEY_ALGORITHMS].sort((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
}

export function untrustedHostKey({ host }: Login, trust: Trust, presented: HostKey): PortKnockError {
  const { objection, remedy } = objectionTo(presented, trust);
  return new PortKnockError("host-key", `the host presents the key ${describe(presented)}, ${objection}`, {
    host,
    phase: "connecting",
    hostState: "unchanged",
    remedy,
  });
}

function objectionTo(
  presented: HostKey,
  trust: Trust,
): { readonly objection: string; readonly remedy: string } {
  if (isRevoked(trust, presented)) {
    return {
      objection: "which known_hosts has as revoked",
      remedy: `give the host a new key, and set ${trust.field} to it; whoever has the revoked one can pass for the host.`,
    };
  }
  if (trust.keys.length === 0) {
    return {
      objection: "which is not known",
      remedy: `compare it with the host's own, and set ${trust.field}.`,
    };
  }
  return {
    objection: `but ${trust.source} has ${trust.keys.map(describe).join(" and ")}`,
    remedy:
      trust.forget === undefined
        ? `if the host was reinstalled, set ${trust.field} to its new key; otherwise someone may be in between.`
        : `if the host was reinstalled, run \`${trust.forget}\`, and set ${trust.field} to its new key; otherwise someone may be in between.`,
  };
}

function describe(key: HostKey): string {
  return `${fingerprint(key)} (${key.type})`;
}

function loginError(login: Login, cause: unknown): PortKnockError {
  const { host, user } = login;
  // What the server has said stands in it, and it was told the password.
  const details = {
    host,
    phase: "connecting",
    hostState: "unchanged",
    cause: causeOf(cause, (text) => hideLogin(text, login)),
  };
  // ssh2 gives its own errors a level; one without it is thrown before anything is sent, by a key that it cannot read.
  const level = cause instanceof Error && "level" in cause ? cause.level : undefined;
  const isUnreadable = cause instanceof Error && cause.message.startsWith("Cannot parse privateKey");
  if (isUnreadable) {
    return new PortKnockError("login", "the private key cannot be read", {
      ...details,
      remedy: "check connection.privateKey and connection.privateKeyPassword.",
    });
  }
  if (level === "client-authentication") {
    return new PortKnockError("login", `the host refuses to log ${user} in`, {
      ...details,
      remedy: "check connection.user and its credentials.",
    });
  }
  return new PortKnockError("unreachable", "no SSH handshake", details);
}
