import { beforeAll, describe, test } from "vitest";
import { seed } from "../policy/seed";
import { expectAgreement } from "./agreement";
import { buildInjector } from "./inject";
import { iptablesVariants } from "./world";

beforeAll(buildInjector);

/** Both at once: most of the time of a word is waiting. words.test.ts plays some on nftables. */
describe.concurrent("random words for one of seven doors, of which any may hear a knock in them", () => {
  test("the same every time", () =>
    expectAgreement({ seed: 20_130_301, policies: 90, atLeast: 420, of: iptablesVariants, isCrowded: true }));

  test("never tried before", () =>
    expectAgreement({ seed: seed(), policies: 80, atLeast: 350, of: iptablesVariants, isCrowded: true }));
});
