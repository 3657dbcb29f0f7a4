import { beforeAll, test } from "vitest";
import { expectAgreement } from "./agreement";
import { buildInjector } from "./inject";

beforeAll(buildInjector);

/** campaign.test.ts and crowd.test.ts play many more, of other policies. */
test("some random words through the automaton, the rules as data, and the kernel", () =>
  expectAgreement({ seed: 20_261_128, policies: 25, atLeast: 130 }));

test("some on hosts with six other doors", () =>
  expectAgreement({ seed: 20_261_128, policies: 14, atLeast: 74, isCrowded: true }));
