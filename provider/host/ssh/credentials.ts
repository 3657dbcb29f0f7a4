import type { AnyAuthMethod, ParsedKey } from "ssh2";
import type { Login } from "../../policy/connection";
import { memoize } from "../../util/memoize";
import { agentOf, type CredentialProblem, keysInAgent } from "./agent";
import { IDENTITY_REMEDY, missingIdentity, readIdentities } from "./identityFiles";
import { KEPT_KEYS, readPrivateKey } from "./privateKey";

/** A way to log in, how it is called in messages, and the name that the host has for it (RFC 4252, 4256). */
export interface Method {
  readonly title: string;
  readonly wireName: "publickey" | "password" | "keyboard-interactive";
  readonly auth: AnyAuthMethod;
}

/**
 * The ways that a login has, in ssh's order; `path` is that of its fields. `mayAnswer` is told of how many more questions
 * the host asks.
 */
export async function loginMethods(
  login: Login,
  path: string,
  mayAnswer: (more: number) => boolean,
): Promise<readonly Method[] | CredentialProblem> {
  const { user: username, privateKey, privateKeyPassword, password } = login;
  const methods: Method[] = [];
  if (privateKey) {
    const key = readPrivateKey(privateKey, privateKeyPassword);
    if (typeof key !== "string") {
      const field = `${path}.${key.field}`;
      return { problem: `${field} ${key.reason}`, remedy: `give ${field} anew.` };
    }
    const auth = { type: "publickey", username, key: await parseKeyOnce(key) } as const;
    methods.push({ title: "the private key", wireName: "publickey", auth });
  }
  const missing = await missingIdentity(login);
  if (missing !== undefined) return { problem: missing, remedy: `${IDENTITY_REMEDY}.` };
  for (const key of (await readIdentities(login)).keys) {
    const auth = { type: "publickey", username, key } as const;
    methods.push({ title: "the key of an IdentityFile", wireName: "publickey", auth });
  }
  const agent = agentOf(login);
  if (agent) {
    const keys = await keysInAgent(agent);
    if (typeof keys === "number") {
      const auth = { type: "agent", username, agent: agent.path } as const;
      const title = `the ${keys === 1 ? "key" : `${keys} keys`} of the ssh-agent`;
      methods.push({ title, wireName: "publickey", auth });
    } else if (methods.length === 0 && !password) {
      return { problem: keys.problem, remedy: `${keys.remedy}; or give ${path}.privateKey.` };
    }
  }
  if (password) {
    methods.push({
      title: "the password",
      wireName: "password",
      auth: { type: "password", username, password },
    });
    methods.push({
      title: "the password",
      wireName: "keyboard-interactive",
      auth: {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => {
          if (mayAnswer(prompts.length)) finish(prompts.map(() => password));
        },
      },
    });
  }
  return methods;
}

/** Parsing a key takes ssh2 longer than signing with it, and each connection would parse it again. */
const parseKeyOnce = memoize(KEPT_KEYS, async (key: string): Promise<ParsedKey | string> => {
  const { utils } = await import("ssh2");
  const result = utils.parseKey(key);
  return result instanceof Error ? key : result;
});

/** What was seen of a login, for those who say what became of it. */
export interface LoginProgress {
  /** Whether the host was asked to log anybody in. */
  isAsked: boolean;
  readonly tried: Method[];
  /** Those that the host took, and found not to be enough (RFC 4252, 5.1). */
  readonly accepted: Method[];
  /** What the host still wants, as it said last. */
  wanted: readonly string[];
}

/**
 * Chooses what to try next: what was not tried yet, and what the host says it takes. Asking for what is there, and not for
 * what is allowed, saves a round trip. A host that takes one way, and wants another too, may want one that it refused before.
 */
export function makeAuthHandler(methods: readonly Method[], progress: LoginProgress) {
  let left = [...methods];
  let last: Method | undefined;
  return (wanted: readonly string[] | null, isPartial: boolean | null): AnyAuthMethod | false => {
    progress.isAsked = true;
    if (wanted) progress.wanted = wanted;
    if (isPartial && last) {
      const accepted = last;
      progress.accepted.push(accepted);
      left = methods.filter((method) => !progress.accepted.includes(method));
    }
    last = left.find(({ wireName }) => wanted === null || wanted.includes(wireName));
    if (last === undefined) return false;
    progress.tried.push(last);
    left = left.filter((method) => method !== last);
    return last.auth;
  };
}
