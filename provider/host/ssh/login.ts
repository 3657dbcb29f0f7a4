import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { PortKnockError } from "../../errors";
import type { Login } from "../../policy/connection";
import { answerLimits } from "../answerLimits";
import { fingerprint, type HostKey, hostKeyOf } from "../hostKey";
import { isRevoked, isTrusted, type Trust } from "../trust";
import { ALGORITHMS } from "./algorithms";
import { type LoginProgress, loginMethods, makeAuthHandler } from "./credentials";
import { CLOSED, EXPIRED, HOST, loginError, loginRefusal } from "./loginErrors";
import { LimitExceeded, sizeText } from "./meter";

/** A logged-in client and the key that the host presented. */
export interface LoginResult {
  readonly client: Client;
  readonly hostKey: HostKey;
}

/**
 * Logs in over an open TCP connection, at a host or at the bastion before it.
 * @throws PortKnockError `login`, `host-key`, `host-unfit`; `unreachable` (worth another try) where the handshake broke off;
 * LimitExceeded.
 */
export async function logIn(login: Login, socket: Duplex, trust: Trust, role = HOST): Promise<LoginResult> {
  let questions = 0;
  let fail: (error: LimitExceeded) => void = () => undefined;
  const mayAnswer = (more: number) => {
    questions += more;
    if (questions <= answerLimits.questions) return true;
    fail(
      new LimitExceeded(`it asked more than ${answerLimits.questions} questions before the login was over`),
    );
    return false;
  };
  const methods = await loginMethods(login, role.path, mayAnswer);
  if ("problem" in methods) {
    socket.destroy();
    throw loginRefusal(login, methods.problem, methods.remedy);
  }
  // Most operations need no connection, and loading ssh2 takes as long as loading everything else.
  const { Client } = await import("ssh2");
  const client = new Client();
  const progress: LoginProgress = { isAsked: false, tried: [], accepted: [], wanted: [] };
  let greeting = "";
  let presented: HostKey | undefined;
  const isAccepted = (key: HostKey) => isTrusted(trust, key, login.acceptNewHostKey);
  const greet = (data: Buffer) => {
    greeting += data.toString("latin1", 0, GREETING_BYTES);
    if (greeting.length >= GREETING_BYTES || greeting.includes("SSH-")) socket.off("data", greet);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      fail = reject;
      socket.on("data", () => sendTogether(socket));
      client.on("handshake", () => skipKeyProofs(client));
      client.on("ready", resolve);
      client.on("error", reject);
      client.on("close", () => reject(new Error(CLOSED)));
      client.on("change password", () => reject(new Error(EXPIRED)));
      client.connect({
        authHandler: makeAuthHandler(methods, progress),
        sock: socket,
        username: login.user,
        readyTimeout: login.perDialTimeout * 1000,
        // Detects a silent host after 15 s.
        keepaliveInterval: 5_000,
        keepaliveCountMax: 3,
        algorithms: { ...ALGORITHMS, serverHostKey: preferred(trust) },
        hostVerifier: (blob: Buffer) => {
          if (blob.length > answerLimits.hostKeyBytes) {
            reject(new LimitExceeded(`its host key is larger than ${sizeText(answerLimits.hostKeyBytes)}`));
            return false;
          }
          presented = hostKeyOf(blob);
          return isAccepted(presented);
        },
      });
      socket.on("data", greet);
    });
  } catch (cause) {
    client.destroy();
    socket.destroy();
    if (cause instanceof LimitExceeded) throw cause;
    if (presented && !isAccepted(presented)) throw untrustedHostKey(login, trust, presented);
    throw loginError(login, role, { cause, greeting, progress });
  }
  // Later errors end the channel, and its user sees that.
  client.on("error", () => undefined);
  return { client, hostKey: presented ?? { type: "", base64: "" } };
}

/** Sends all answers to one piece of input as one packet. Each packet wakes the process at the other end. */
function sendTogether(socket: Duplex): void {
  socket.cork();
  process.nextTick(() => socket.uncork());
}

/**
 * After a login OpenSSH lists the host's other keys (PROTOCOL, 2.5). ssh2 then asks the host to sign with each of them, if the
 * server's version says OpenSSH; no option turns that off. We do not use these keys, and each signature costs the host time.
 */
function skipKeyProofs(client: Client): void {
  Object.assign(client, { _remoteVer: undefined });
}

/** The first bytes of a server are enough to identify it. */
const GREETING_BYTES = 255;

const KEY_ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/** Puts the types of known keys first, as OpenSSH does: a host has several keys, and one may be pinned. */
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
