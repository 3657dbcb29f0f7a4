import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { scheduleOf } from "../../provider/derive/schedule";
import type { TokenList } from "../../provider/policy/tokens";
import type { Policy } from "../../provider/policy/types";
import { validatePolicy } from "../../provider/policy/validate";
import { compile } from "../../provider/rules/compile";
import type { DoorSecrets } from "../../provider/rules/doorSecrets";
import { identify } from "../../provider/rules/identity";
import type { Ruleset } from "../../provider/rules/ir";

/** A directory with a policy, with tokens where it has any, and what it has to compile to. */
export interface Case {
  readonly name: string;
  readonly policy: Policy;
  /** What is secret of it. */
  readonly knocks: DoorSecrets;
  readonly ruleset: Ruleset;
  /** A file of the directory. */
  readonly file: (name: string) => string;
}

/** Of calendars. */
const FIRST_DAY = "2026-11-25";

export const cases: readonly Case[] = readdirSync(__dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const file = (base: string) => join(__dirname, name, base);
    const { value, failures } = validatePolicy(JSON.parse(readFileSync(file("policy.json"), "utf8")));
    if (failures.length > 0) throw new Error(`${name}: ${JSON.stringify(failures)}`);
    const policy = value as Policy;
    const tokens = existsSync(file("tokens.json"))
      ? (JSON.parse(readFileSync(file("tokens.json"), "utf8")) as TokenList)
      : undefined;
    const schedule = policy.calendar && scheduleOf(policy.calendar, FIRST_DAY);
    const ruleset = compile(policy, identify(`golden/${name}`, "h1"), { schedule, tokens });
    return { name, policy, knocks: { ...policy, schedule, tokens }, ruleset, file };
  });
