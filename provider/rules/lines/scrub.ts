import { FAMILIES } from "../../policy/networks";
import { payloadOf } from "../../policy/payload";
import type { Schedule } from "../../policy/schedule";
import type { TokenList } from "../../policy/tokens";
import type { Sequence } from "../../policy/types";
import type { DoorSecrets } from "../doorSecrets";
import { placeOfToken } from "./redact";
import type { LineSyntax } from "./syntax";

export type Scrubber = (text: string) => string;

/** How the rules write a knock's number and a payload's bytes. */
type Texts = Pick<LineSyntax, "numberOf" | "byteTexts">;

/**
 * Hides everything by which rules know a door's secrets, in any text, such as what a tool on the host prints. What to look
 * for is worked out once for many texts.
 */
export function scrubberOf(
  texts: Texts,
  { sequence = [], previous, schedule, tokens }: DoorSecrets,
): Scrubber {
  return inOrder([
    knockScrubber(texts, sequence, "knock"),
    knockScrubber(texts, previous?.sequence ?? [], "previous knock"),
    ...(schedule ? [windowScrubber(texts, schedule)] : []),
    ...(tokens ? [tokenScrubber(texts, tokens)] : []),
  ]);
}

function inOrder(scrubbers: readonly Scrubber[]): Scrubber {
  return (text) => scrubbers.reduce((scrubbed, scrubber) => scrubber(scrubbed), text);
}

/** Hides the knocks of all windows. There are thousands, so each number of a text is looked up in a set. */
function windowScrubber({ numberOf }: Texts, { days }: Schedule): Scrubber {
  const numbers = new Set(
    days.flatMap(({ windows }) => windows.flatMap(({ sequence }) => sequence.map(numberOf))),
  );
  const form = new RegExp(`${START}\\d+\\b`, "g");
  return (text) =>
    text.replace(form, (digits) => (numbers.has(Number(digits)) ? "<knock of a window>" : digits));
}

/** Hides the tokens' port, and of each token what follows its name. */
function tokenScrubber({ byteTexts }: Texts, { port, tokens }: TokenList): Scrubber {
  return inOrder([
    hiding([String(port)], "<token port>"),
    ...tokens.flatMap(({ name, secrets }) =>
      FAMILIES.map((family) => hiding(byteTexts(secrets[family]), placeOfToken(name, { tokens }))),
    ),
  ]);
}

function knockScrubber({ numberOf, byteTexts }: Texts, sequence: Sequence, name: string): Scrubber {
  return inOrder(
    sequence.map((step, index) => {
      const digits = Buffer.from(payloadOf(step)).toString("hex");
      return hiding([String(numberOf(step)), ...byteTexts(digits)], `<${name} ${index + 1}>`);
    }),
  );
}

function hiding(secrets: readonly string[], shown: string): Scrubber {
  if (secrets.length === 0) return (text) => text;
  const form = new RegExp(`${START}(${secrets.join("|")})\\b`, "gi");
  return (text) => text.replace(form, shown);
}

/** Where a number may begin: at a word's start, or after the escape of a control character (plainText.ts). */
const START = String.raw`(?:\b|(?<=\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[nrt])))`;
