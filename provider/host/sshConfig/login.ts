import type { FromSshConfig, LoginFromSshConfig } from "../../policy/fromSshConfig";
import { limits } from "../../policy/limits";
import { isHost } from "../../policy/names";
import { type Settings, settingsFor } from "./settings";

/** The settings for a host, and what to tell the user about them. */
export interface SshConfigLogin<T> {
  /** `undefined`: no Host line names the host. */
  readonly value: T | undefined;
  /** Why the settings are unusable: ends of sentences about the host. */
  readonly mistakes: readonly string[];
  readonly warnings: readonly string[];
}

/** The settings of a host in a configuration file, with ProxyJump if requested. */
export function sshConfigLoginFor(
  text: string,
  host: string,
  isThroughJump: boolean,
): SshConfigLogin<FromSshConfig> {
  const settings = settingsFor(text, host);
  // A name without a dot is found in no DNS: what is not followed may be where it is known.
  const isConcerned = settings.isNamed || !host.includes(".");
  const warnings = isConcerned ? settings.notFollowed.map((word) => `does not follow ${word}`) : [];
  if (!settings.isNamed) return { value: undefined, mistakes: [], warnings };
  const own = loginOf(settings, host);
  const jump = isThroughJump ? jumpOf(text, settings) : NO_JUMP;
  const others = ["HostKeyAlias", ...(isThroughJump ? [] : ["ProxyJump"]), "ProxyCommand"];
  const unused = others.filter((word) => isSaid(settings, word) && !(word === "ProxyCommand" && jump.value));
  return {
    value: { ...own.value, ...(jump.value && { proxy: jump.value }) },
    mistakes: [...own.mistakes, ...jump.mistakes],
    warnings: [
      ...warnings,
      ...unused.map((word) => `does not follow ${word}`),
      ...own.warnings,
      ...jump.warnings,
    ],
  };
}

function isSaid({ values }: Settings, keyword: string): boolean {
  const [value] = values.get(keyword.toLowerCase()) ?? [];
  return value !== undefined && value.toLowerCase() !== "none" && !OUR_PROXY.test(value);
}

/** What `portknock export --format ssh-config` writes: Pulumi knocks by itself. */
const OUR_PROXY = /(?:^|\/)(?:portknock|dist\/client\/main\.js)'? proxy /;

function loginOf({ values }: Settings, host: string): SshConfigLogin<LoginFromSshConfig> {
  const first = (keyword: string) => values.get(keyword)?.[0];
  const [named, port, user] = [first("hostname"), first("port"), first("user")];
  const hostName = named === undefined ? undefined : expanded(named, { h: host });
  const files = (values.get("identityfile") ?? []).filter((file) => file.toLowerCase() !== "none");
  const identityFiles = files.map((file) => expanded(file, { h: hostName ?? host, n: host }));
  const number = Number(port);
  const isPort = /^\d+$/.test(port ?? "") && number >= limits.port.min && number <= limits.port.max;
  const isUserKnown = user !== undefined && !/[%$]/.test(user);
  const readable = identityFiles.filter((file) => file !== undefined);
  return {
    value: {
      ...(hostName !== undefined && hostName !== host && { hostName }),
      ...(isPort && { port: number }),
      ...(isUserKnown && { user }),
      ...(readable.length > 0 && { identityFiles: readable }),
    },
    mistakes: [
      ...(named !== undefined && !isHost(hostName) ? [`HostName \`${named}\`, which is no host`] : []),
      ...(port !== undefined && !isPort ? [`Port \`${port}\`, which is no port`] : []),
    ],
    warnings: [
      ...files
        .filter((_, index) => identityFiles[index] === undefined)
        .map((file) => notExpanded("IdentityFile", file)),
      ...(user !== undefined && !isUserKnown ? [notExpanded("User", user)] : []),
    ],
  };
}

function notExpanded(keyword: string, value: string): string {
  return `does not follow ${keyword} ${value}: of its tokens only %h, %n, %% and ~ are`;
}

/** `undefined`: it contains other tokens, or an environment variable. */
function expanded(text: string, tokens: Readonly<Record<string, string>>): string | undefined {
  if (text.includes("${")) return undefined;
  const known: Readonly<Record<string, string>> = { ...tokens, "%": "%" };
  let isKnown = true;
  const result = text.replace(/%(.?)/g, (_, token: string) => {
    const value = Object.hasOwn(known, token) ? known[token] : undefined;
    isKnown &&= value !== undefined;
    return value ?? "";
  });
  return isKnown ? result : undefined;
}

type Jump = NonNullable<FromSshConfig["proxy"]>;

const NO_JUMP: SshConfigLogin<Jump> = { value: undefined, mistakes: [], warnings: [] };

/** The bastion in ProxyJump. The first of ProxyJump and ProxyCommand counts. */
function jumpOf(text: string, { values }: Settings): SshConfigLogin<Jump> {
  const [first] = [...values.keys()].filter(
    (keyword) => keyword === "proxyjump" || keyword === "proxycommand",
  );
  const jump = values.get("proxyjump")?.[0];
  if (first !== "proxyjump" || jump === undefined || jump.toLowerCase() === "none") return NO_JUMP;
  if (jump.includes(",")) return refused(`ProxyJump \`${jump}\`: one bastion is supported, not several`);
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:[\]]+|[^[\]]*:[^[\]]*:[^[\]]*?))(?::(\d+))?\/?$/.exec(
      jump,
    ) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? undefined : Number(port);
  const isPort = number === undefined || (number >= limits.port.min && number <= limits.port.max);
  if (!isHost(host) || !isPort) return refused(`ProxyJump \`${jump}\`, which is no [user@]host[:port]`);
  const settings = settingsFor(text, host);
  if (isSaid(settings, "ProxyJump"))
    return refused(
      `ProxyJump \`${jump}\`, which has a ProxyJump itself: one bastion is supported, not several`,
    );
  const { value, mistakes, warnings } = loginOf(settings, host);
  const others = ["HostKeyAlias", "ProxyCommand"].filter((word) => isSaid(settings, word));
  return {
    value: {
      host,
      ...value,
      ...(user !== undefined && { user }),
      ...(number !== undefined && { port: number }),
    },
    mistakes: mistakes.map((mistake) => `ProxyJump \`${jump}\`, and for that ${mistake}`),
    warnings: [...warnings, ...others.map((word) => `does not follow ${word} of ${host}`)],
  };
}

function refused(mistake: string): SshConfigLogin<Jump> {
  return { value: undefined, mistakes: [mistake], warnings: [] };
}
