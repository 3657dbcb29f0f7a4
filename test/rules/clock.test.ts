import { expect, test } from "vitest";
import { ageSeconds, type Clock, ticksPerSecond } from "../../provider/rules/iptables/clock";

/** A kernel's clock: ticks start at -300 s, in 32 bits below the first that 64 bits hold (INITIAL_JIFFIES). */
function clock(rate: number, sinceBootSeconds: number, bits = 64): Clock {
  const ticks = 2 ** 32 + (sinceBootSeconds - 300) * rate;
  return { tick: Math.floor(bits === 64 ? ticks : ticks % 2 ** 32), sinceBootSeconds };
}

test.each([
  [100, 20, 64],
  [250, 299, 64],
  [250, 320, 64],
  [300, 86_400, 64],
  [1000, 864_000, 64],
  [1000, 40_000_000, 64],
  [100, 20, 32],
  [1000, 86_400, 32],
])("%i ticks a second, %i s after boot, in %i bits", (rate, seconds, bits) => {
  const now = clock(rate, seconds, bits);
  expect(ticksPerSecond(now)).toBe(rate);
  expect(ageSeconds(now, clock(rate, seconds - 12, bits).tick)).toBeCloseTo(12, 1);
});

test("the clock of a real kernel: 250 ticks a second, of which some were lost at boot", () => {
  expect(ticksPerSecond({ tick: 4_295_030_797, sinceBootSeconds: 554.258 })).toBe(250);
});

test("around the wrap the rate is not known", () => {
  const now = { tick: 2 ** 32 - 5, sinceBootSeconds: 300.1 };
  expect(ticksPerSecond(now)).toBeUndefined();
  expect(ageSeconds(now, 2 ** 32 - 300)).toBeUndefined();
});

test("an entry from before the wrap of 32 bits", () => {
  expect(ageSeconds(clock(250, 310, 32), clock(250, 295, 32).tick)).toBeCloseTo(15, 1);
});
