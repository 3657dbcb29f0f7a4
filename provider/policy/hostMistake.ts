import { isIPv6 } from "node:net";

/** Where a host is written, and so where the rest of what was written belongs. */
const ELSEWHERE = {
  login: { user: "the user belongs in `user`", port: "the port belongs in `port`" },
  approach: { user: "a knock has no user", port: "the port belongs in `port`" },
  argument: { user: "a knock has no user", port: "the port belongs in --port" },
  ssh: { user: "the user belongs before the host", port: "the port belongs in -p" },
} as const;

/**
 * Why a text is more, or something else, than the name or the address of a host: the end of a sentence; undefined where it is
 * none of these. The text is not shown: it may hold a password.
 */
export function hostMistake(text: string, where: keyof typeof ELSEWHERE): string | undefined {
  const { user, port } = ELSEWHERE[where];
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)/.exec(text) ?? [];
  const [authority = "", ...path] = text.slice(scheme?.length ?? 0).split("/");
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const [, bracketed] = /^\[([^\]]*)\](?::\d*)?$/.exec(host) ?? [];
  const isAddress = isIPv6(bracketed ?? host);
  const mistakes = [
    ...(scheme ? ["it is no URL"] : []),
    ...(authority.includes("@") ? [user] : []),
    ...(bracketed !== undefined ? ["an IPv6 address stands here as 2001:db8::1"] : []),
    ...(/:\d*$/.test(bracketed === undefined ? host : host.slice(host.indexOf("]"))) &&
    (bracketed !== undefined || !isAddress)
      ? [port]
      : []),
    ...(path.length > 0 ? ["it has no path"] : []),
    ...(/\s/.test(text) ? ["there is no space in it"] : []),
  ];
  return mistakes.length === 0 ? undefined : `must be a name or an address alone: ${mistakes.join(", ")}`;
}
