import { isDeepStrictEqual } from "node:util";
import { doorProperties } from "../door/doorProperties";
import { doorFields, userInputs } from "../door/fields";
import { keptInputs, namesWhere, type Properties } from "../door/properties";
import { inputsOf } from "./state";

/** Inputs that concern Pulumi alone: no rule follows from them. */
const OPTIONS: readonly string[] = ["onUnreachable", "onUnpersisted", "rollbackAfterSeconds"];

/**
 * Fields of a connection and of its proxy that say who logs in, and how patiently. Fields that say where the host is, how it is
 * reached and which key it has need the host: a wrong one must fail at once.
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
  const changed = INPUTS.filter(
    (name) => !isDeepStrictEqual(before[name], news[name]) && !isNewDefault(name, before, news),
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

/** An older release knew fewer fields. Their defaults are what it did. */
function isNewDefault(name: string, before: Properties, news: Properties): boolean {
  const field = userInputs.find((one) => one === name);
  return (
    field !== undefined &&
    before[name] === undefined &&
    isDeepStrictEqual(doorFields[field].safeParse(undefined).data, news[name])
  );
}

/** A connection without its login. */
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

/** The outputs with new inputs; what they say of the host stays. */
export function restated(olds: Properties, news: Properties): Properties {
  const before = inputsOf(olds);
  const outputs = Object.fromEntries(Object.entries(olds).filter(([name]) => !(name in before)));
  return { ...outputs, ...keptInputs(news, doorProperties) };
}
