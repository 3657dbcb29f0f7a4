import { isDeepStrictEqual } from "node:util";
import { userInputs } from "../door/door";
import type { Properties } from "../door/properties";
import { inputsOf } from "./state";

/** Inputs that are Pulumi's business alone: no rule follows from them. */
const OPTIONS: readonly string[] = ["onUnreachable", "onUnpersisted", "rollbackAfterSeconds"];

/**
 * Of a connection and of its proxy, who logs in and how patiently. Not where to, how to get through, and which key the
 * host has: a wrong one of these is found out at once.
 */
const LOGIN: readonly string[] = [
  "user",
  "privateKey",
  "privateKeyPassword",
  "password",
  "agentSocketPath",
  "acceptNewHostKey",
  "dialErrorLimit",
  "perDialTimeout",
  "sudo",
  "sudoPassword",
  "sshConfig",
  "identityFiles",
];

/** Whether something has changed, and nothing of it needs the host: it may be gone, and the change be what helps then. */
export function isHostless(before: Properties, news: Properties): boolean {
  const changed = [...userInputs, "owner", "rules", "tokens", "calendarFrom", "slot", "fromSshConfig"].filter(
    (name) => !isDeepStrictEqual(before[name], news[name]),
  );
  return (
    changed.length > 0 &&
    changed.every(
      (name) =>
        OPTIONS.includes(name) ||
        ((name === "connection" || name === "fromSshConfig") &&
          isDeepStrictEqual(placeOf(before[name]), placeOf(news[name]))),
    )
  );
}

/** A connection without who logs in. */
function placeOf(connection: unknown): unknown {
  if (typeof connection !== "object" || connection === null) return connection;
  const { proxy, ...own } = connection as Properties;
  const place = Object.fromEntries(
    Object.entries(own).filter(
      ([name, value]) => !LOGIN.includes(name) && value !== undefined && value !== null,
    ),
  );
  return proxy === undefined || proxy === null ? place : { ...place, proxy: placeOf(proxy) };
}

/** The outputs with new inputs, and what was seen of the host as it was. */
export function restated(olds: Properties, { refill, ...news }: Properties): Properties {
  const before = inputsOf(olds);
  const seen = Object.fromEntries(Object.entries(olds).filter(([name]) => !(name in before)));
  return { ...seen, ...news };
}

/** Doors whose replacement by one on another host asks to forget them where their host is gone. */
const abandoned = new Set<string>();

/** Pulumi gives a delete the old state alone, and what the program says now comes to `diff` in the same process. */
export function rememberAbandoned(doorId: unknown, { onUnreachable }: Properties): void {
  if (onUnreachable === "abandon") abandoned.add(String(doorId));
  else abandoned.delete(String(doorId));
}

export function isAbandoned(doorId: string): boolean {
  return abandoned.has(doorId);
}
