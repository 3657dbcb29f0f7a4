import type { Clause } from "./clauses";

/** Something that the compiler never writes. */
export const FOREIGN: unique symbol = Symbol("foreign");
export type Read<Value> = Value | undefined | typeof FOREIGN;

/** Takes an option out of the rule. What is left untaken at the end makes the rule a foreign one. */
export type Take = (option: string) => Clause | undefined;
