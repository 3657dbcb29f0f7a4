/** The kernel's ticks (jiffies) and the seconds since boot, read at one instant. */
export interface Clock {
  readonly tick: number;
  readonly sinceBootSeconds: number;
}

/** Ticks a second that a kernel can be built for (kernel/Kconfig.hz). No file of a host says which one it has. */
const RATES: readonly number[] = [100, 250, 300, 1000];

/** Ticks start so that 32 bits of them run over 300 s after boot (include/linux/jiffies.h, INITIAL_JIFFIES). */
const WRAP_SECONDS = 300;
const WRAP = 2 ** 32;

/**
 * Ticks a second: those counted since the wrap, by the seconds since then. Undefined where that is no known rate, as
 * in the seconds around the wrap itself, when there is nothing to divide.
 */
export function ticksPerSecond({ tick, sinceBootSeconds }: Clock): number | undefined {
  const sinceWrap = tick >= WRAP / 2 ? tick - WRAP : tick;
  const measured = sinceWrap / (sinceBootSeconds - WRAP_SECONDS);
  return RATES.find((rate) => Math.abs(measured / rate - 1) < 0.08);
}

/** Seconds from an earlier tick to the clock's; undefined where the rate is not known. 32 bits of it may have run over. */
export function ageSeconds(clock: Clock, tick: number): number | undefined {
  const rate = ticksPerSecond(clock);
  const ticks = (clock.tick - tick + WRAP) % WRAP;
  return rate === undefined ? undefined : ticks / rate;
}
