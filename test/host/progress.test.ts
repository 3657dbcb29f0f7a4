import { expect, test } from "vitest";
import { endOf, placeOf } from "../../provider/host/progress";
import { REFUSED } from "../../provider/knock/dial";

test.each([
  [new Error("no answer within 2000 ms"), "does not answer"],
  [new Error("the bastion got no answer within 2000 ms"), "does not answer"],
  [
    Object.assign(new Error("connect ECONNREFUSED 192.0.2.1:22"), { code: REFUSED }),
    "refuses the connection",
  ],
  [new Error("the host closed the connection"), "the host closed the connection"],
  [undefined, "does not answer"],
])("%s is told as: %s", (cause, told) => {
  expect(endOf(cause)).toBe(told);
});

test("an IPv6 address stands in brackets before its port", () => {
  expect([placeOf("192.0.2.1", 22), placeOf("2001:db8::1", 22)]).toEqual([
    "192.0.2.1:22",
    "[2001:db8::1]:22",
  ]);
});
