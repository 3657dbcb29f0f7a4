import { isDeepStrictEqual } from "node:util";
import { doorProperties } from "../door/doorProperties";
import { keptInputs, namesWhere, type Properties } from "../door/properties";
import { inputsOf } from "./state";

/** Inputs that concern Pulumi alone: no rule follows from them. */
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

const INPUTS = namesWhere(doorProperties, ({ role }) => role !== "output");

/** Whether something changed, and nothing of it needs the host. The host may be gone, and the change may be the remedy. */
export function isHostless(before: Properties, news: Properties): boolean {
  const changed = INPUTS.filter((name) => !isDeepStrictEqual(before[name], news[name]));
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
export function restated(olds: Properties, news: Properties): Properties {
  const before = inputsOf(olds);
  const outputs = Object.fromEntries(Object.entries(olds).filter(([name]) => !(name in before)));
  return { ...outputs, ...keptInputs(news, doorProperties) };
}
