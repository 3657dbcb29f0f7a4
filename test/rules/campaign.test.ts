import { describe, test } from "vitest";
import { iptables } from "../../provider/rules/iptables/backend";
import { nftables } from "../../provider/rules/nftables/backend";
import { expectNeighboursTraced, expectTraced } from "./traced";
import { expectCalendarTraced } from "./tracedCalendar";

/** Ten thousands of packets: minutes on a busy machine. */
describe.each([iptables, nftables])("as $name has them", ({ lower }) => {
  test("the rules, traced, do what the automaton says", () => expectTraced(2_000, lower), 300_000);

  test(
    "so they do where neighbours share grants and lockouts",
    () => expectNeighboursTraced(1_000, lower),
    300_000,
  );
});

test("so they do around every edge of a calendar", () => expectCalendarTraced(3_000), 300_000);
