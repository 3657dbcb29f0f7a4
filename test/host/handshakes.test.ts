import { expect, test } from "vitest";
import { rememberKnockSources } from "../../provider/host/registry";
import {
  limitBastionLogins,
  limitHostLogins,
  makeConcurrencyLimit,
} from "../../provider/host/ssh/handshakes";
import type { Login } from "../../provider/policy/connection";

/** Work that ends when it is told to, and what began in which order. */
function makeWork() {
  const begun: string[] = [];
  const ends = new Map<string, { done: () => void; fail: (error: Error) => void }>();
  const work = (name: string) => () =>
    new Promise<void>((done, fail) => {
      begun.push(name);
      ends.set(name, { done, fail });
    });
  return {
    begun,
    work,
    end: (name: string) => ends.get(name)?.done(),
    fail: (name: string) => ends.get(name)?.fail(new Error(name)),
  };
}

/** Lets all that is ready run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const login = (host: string) => ({ host, port: 22 }) as Login;

test("so many run at once, and who waits follows in order, behind what is urgent", async () => {
  const gate = makeConcurrencyLimit(() => 2);
  const { begun, work, end } = makeWork();
  for (const name of ["a", "b", "c", "d"]) void gate(false, work(name));
  void gate(true, work("urgent"));
  await settle();
  expect(begun).toEqual(["a", "b"]);
  end("b");
  await settle();
  expect(begun).toEqual(["a", "b", "urgent"]);
  end("a");
  end("urgent");
  await settle();
  expect(begun).toEqual(["a", "b", "urgent", "c", "d"]);
});

test("a failure gives its place on, and nobody takes it in between", async () => {
  const gate = makeConcurrencyLimit(() => 1);
  const { begun, work, end, fail } = makeWork();
  const first = gate(false, work("a"));
  void gate(false, work("b"));
  await settle();
  fail("a");
  await expect(first).rejects.toThrow("a");
  void gate(false, work("c"));
  await settle();
  expect(begun).toEqual(["a", "b"]);
  end("b");
  await settle();
  expect(begun).toEqual(["a", "b", "c"]);
});

test("one sshd is asked four at a time, all of them 32 at a time", async () => {
  const { begun, work, end } = makeWork();
  for (let n = 0; n < 10; n++) void limitHostLogins(login("one"), false, work(`one ${n}`));
  await settle();
  expect(begun.length).toBe(4);
  for (let n = 0; n < 60; n++) void limitHostLogins(login(`host ${n}`), false, work(`host ${n}`));
  await settle();
  expect(begun.length).toBe(32);
  for (let ended = 0; ended < 70; ended++) {
    end(begun[ended] ?? "");
    await settle();
    expect(begun.length - ended - 1).toBeLessThanOrEqual(32);
    expect(begun.length).toBeGreaterThan(Math.min(ended + 1, 69));
  }
});

test("hosts that fill all places do not keep their bastion from being entered", async () => {
  const { begun, work, end } = makeWork();
  const behind = Array.from({ length: 40 }, (_, n) =>
    limitHostLogins(login(`behind ${n}`), false, () =>
      limitBastionLogins(login("bastion"), work(`bastion ${n}`)),
    ),
  );
  await settle();
  expect(begun.length).toBe(4);
  for (let n = 0; n < 40; n++) {
    end(`bastion ${n}`);
    await settle();
  }
  await Promise.all(behind);
});

test("where a knock lets one connection in, each knocks and connects in turn, also once that is known late", async () => {
  const { begun, work, end } = makeWork();
  for (const name of ["a", "b", "c", "d"]) void limitHostLogins(login("single"), false, work(name));
  await settle();
  rememberKnockSources("single", "0123456789", [], true);
  void limitHostLogins(login("single"), false, work("e"));
  void limitHostLogins(login("single"), false, work("f"));
  for (const name of ["a", "b", "c"]) end(name);
  await settle();
  expect(begun).toEqual(["a", "b", "c", "d"]);
  end("d");
  await settle();
  expect(begun).toEqual(["a", "b", "c", "d", "e"]);
  end("e");
  await settle();
  expect(begun).toEqual(["a", "b", "c", "d", "e", "f"]);
  rememberKnockSources("single", "0123456789", [], false);
  void limitHostLogins(login("single"), false, work("g"));
  await settle();
  expect(begun.at(-1)).toBe("g");
});
