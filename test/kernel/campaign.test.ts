import { beforeAll, describe, test } from "vitest";
import { seed } from "../policy/seed";
import { expectAgreement } from "./agreement";
import { buildInjector } from "./inject";

beforeAll(buildInjector);

/** Both at once: most of the time of a word is waiting. */
describe.concurrent("many random words through the automaton, the rules as data, and the kernel", () => {
  test("the same every time", () => expectAgreement({ seed: 20_130_301, policies: 110, atLeast: 500 }));

  test("never tried before", () => expectAgreement({ seed: seed(), policies: 50, atLeast: 220 }));
});
