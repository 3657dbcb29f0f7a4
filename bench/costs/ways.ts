import { dateAt, scheduleOf } from "../../provider/derive/schedule";
import { drawToken } from "../../provider/derive/tokenDrawing";
import type { Token } from "../../provider/policy/tokens";
import type { Step } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import type { Ruleset } from "../../provider/rules/ir";
import { tcp, udp } from "../../test/kernel/script";
import { complete } from "../../test/policy/complete";

/** A door that is opened in one of the ways there are. */
export interface Way {
  readonly name: string;
  readonly label: string;
  readonly ruleset: Ruleset;
}

const DOOR = { door: [{ protocol: "tcp" as const, ports: [22] }] };
const IDENTITY = identify("benchmark", "192.0.2.10");
const TOKEN_PORT = 40_001;

/** Of a token's shape, and with the first digit of many tokens' names. */
export const WRONG_TOKEN: Step = { protocol: "udp", port: TOKEN_PORT, payload: `hex:2${"0".repeat(39)}` };

export function ways(): Way[] {
  const sequence = complete({ ...DOOR, sequence: [tcp(7000), udp(8000), tcp(7001)] });
  return [
    { name: "sequence", label: "a sequence of 3 knocks", ruleset: compile(sequence, IDENTITY) },
    ...[10, 50, 100].map(oneTime),
    calendar(),
  ];
}

function oneTime(count: number): Way {
  const ranges = Math.ceil(Math.sqrt(count));
  const tokens: Token[] = [];
  for (let place = 0; place < count; place++)
    tokens.push(
      drawToken(
        place,
        ranges,
        1,
        tokens.map(({ name }) => name),
      ),
    );
  const policy = complete({ ...DOOR, oneTime: { tokens: count, port: TOKEN_PORT } });
  return {
    ...{ name: `tokens-${count}`, label: `${count} one-time tokens` },
    ruleset: compile(policy, IDENTITY, { tokens: { port: TOKEN_PORT, tokens } }),
  };
}

/** One in whose midst the day is. */
function calendar(): Way {
  const [days, windowMinutes] = [30, 60];
  const schedule = scheduleOf(
    {
      ...{ days, windowMinutes, graceSeconds: 60 },
      derivation: {
        ...{ version: 1, subkey: "07".repeat(32), rotateEvery: `${windowMinutes}m`, keepers: {} },
        ...{ steps: 3, protocols: ["tcp", "udp"], ports: ["20000-60999"], exclude: [] },
      },
    },
    dateAt(Date.now() - (days / 2) * 86_400_000),
  );
  const policy = complete({ ...DOOR, sequence: [tcp(7000), udp(8000), tcp(7001)] });
  return {
    ...{ name: "calendar", label: "30 days of hours, 3 knocks each" },
    ruleset: compile(policy, IDENTITY, { schedule }),
  };
}
