import { afterAll, beforeAll } from "vitest";
import { type Host, type Lab, type LabOptions, startLab } from "../lab/lab";
import { makeStack, type Stack } from "./stack";

interface StackOptions extends LabOptions {
  /** A folder of test/stack. */
  readonly program?: string;
}

interface StackInLab {
  readonly lab: Lab;
  readonly stack: Stack;
  /** The first host. */
  readonly host: Host;
}

/** A stack in a lab of its own, for the tests of a file or of a `describe`. The lab ends with them. */
export function useStack({ program, ...options }: StackOptions = {}): StackInLab {
  let lab: Lab | undefined;
  let stack: Stack | undefined;
  beforeAll(async () => {
    lab = await startLab(options);
    stack = await makeStack(lab, undefined, program);
  });
  afterAll(() => lab?.stop());
  return {
    lab: later(() => lab),
    stack: later(() => stack),
    host: later(() => lab?.host()),
  };
}

/** Stands for what the hooks make: tests are declared before it is there. */
function later<Value extends object>(made: () => Value | undefined): Value {
  return new Proxy({} as Value, {
    get(_, key) {
      const value = made();
      if (value === undefined) throw new Error("useStack: it is there once the hooks have run");
      const member: unknown = Reflect.get(value, key);
      return typeof member === "function" ? member.bind(value) : member;
    },
  });
}
