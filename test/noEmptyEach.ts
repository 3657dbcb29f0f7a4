import { describe, test } from "vitest";

/** Cases that are collected from somewhere may come to be none, and then nothing would be tested, and nobody would see it. */
for (const maker of [test, describe] as { each: (...args: never[]) => unknown }[]) {
  const each = maker.each as (this: unknown, cases: readonly unknown[], ...more: unknown[]) => unknown;
  maker.each = function (this: unknown, cases: readonly unknown[], ...more: unknown[]) {
    if (cases.length === 0) throw new Error("each of no cases: nothing would be tested");
    return each.call(this, cases, ...more);
  } as (typeof maker)["each"];
}
