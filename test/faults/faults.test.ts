import { expect, test } from "vitest";
import { FAULTS } from "./faults";
import { testFaults } from "./run";
import { REST_FAULTS, restCells } from "./select";

/** PORTKNOCK_FAULTS=all: at each step; else at those where most is at stake, without those of core.test.ts. */
const isAll = process.env.PORTKNOCK_FAULTS === "all";
/** PORTKNOCK_FAULT: the faults whose name begins so. */
const only = process.env.PORTKNOCK_FAULT ?? "";
const faults = (isAll ? FAULTS : REST_FAULTS).filter(({ name }) => name.startsWith(only));

if (faults.length === 0) test(`the name of a fault begins with ${only}`, () => expect.fail());
else testFaults(faults, isAll ? (_fault, cells) => cells : restCells, 40);
