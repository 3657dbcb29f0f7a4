import type { AnyAuthMethod, ParsedKey } from "ssh2";
import type { Login } from "../../policy/connection";
import { memoize } from "../../util/memoize";
import { agentOf, type CredentialProblem, keysInAgent } from "./agent";
import { IDENTITY_REMEDY, missingIdentity, readIdentities } from "./identityFiles";
import { KEPT_KEYS, readPrivateKey } from "./privateKey";

/** An authentication method, its name in messages, and its name in the protocol (RFC 4252, 4256). */
export interface Method {
  readonly title: string;
  readonly wireName: "publickey" | "password" | "keyboard-interactive";
  readonly auth: AnyAuthMethod;
}

/**
 * The authentication methods of a login, in ssh's order. `path` leads to the login's fields. `mayAnswer` takes the number of
 * further questions from the host.
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

/** The course of a login, for its error message. */
export interface LoginProgress {
  /** Whether authentication began. */
  isAsked: boolean;
  readonly tried: Method[];
  /** Methods that the host accepted as a partial success (RFC 4252, 5.1). */
  readonly accepted: Method[];
  /** The methods that the host listed last. */
  wanted: readonly string[];
}

/**
 * Chooses the next method: one that was not tried yet and that the host lists. Starting with a real method instead of `none`
 * saves a round trip. After a partial success the host may want a method that it refused before.
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
