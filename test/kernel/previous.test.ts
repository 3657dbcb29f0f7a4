import { afterAll, beforeAll, expect, test } from "vitest";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { complete } from "../policy/complete";
import { load } from "./host";
import { buildInjector, inject, type Salvo } from "./inject";
import { type Line, pause, ping, script, tcp, udp } from "./script";
import { families, LETTERS, type Variant, variants, World } from "./world";

const OLD = [udp(8001), tcp(7001), ping(121)];
const NEW = [tcp(7002), udp(8002), tcp(7003)];
const DOOR = tcp(22);

let world: World;
beforeAll(async () => {
  await buildInjector();
  world = await World.start();
});
afterAll(() => world.stop());

/** Milliseconds that this machine and the kernel's clock may be apart, with much to spare. */
const CLEAR_MS = 700;

test("until a second on the kernel's clock both sequences open, from then on the new one alone; grants stay", async () => {
  await world.addHosts(variants.map(hostOf));
  const endsMs = 1000 * Math.ceil(Date.now() / 1000) + 4_000;
  const policy = complete({
    sequence: NEW,
    previous: { sequence: OLD, acceptUntil: new Date(endsMs).toISOString().replace(".000Z", "Z") },
    door: [{ protocol: "tcp", ports: [22] }],
    openForSeconds: 60,
    stepTimeoutSeconds: 30,
  });
  for (const variant of variants) {
    const host = hostOf(variant);
    await load(world, host, variant, policy, compile(policy, identify("previous", host)));
  }
  const before = pause(endsMs - CLEAR_MS - Date.now());
  expect(before.pauseMs).toBeGreaterThan(CLEAR_MS);
  const after = pause(2 * CLEAR_MS);
  const words: Record<string, { lines: Line[]; opens: boolean[] }> = {
    "the old one, and its grant afterwards": {
      lines: [before, ...OLD, DOOR, after, DOOR],
      opens: [true, true],
    },
    "the new one": { lines: [before, ...NEW, DOOR], opens: [true] },
    "one within the other": {
      lines: [before, NEW[0] ?? DOOR, ...OLD.slice(0, 2), DOOR, ...OLD.slice(2), DOOR],
      opens: [false, true],
    },
    "the old one, half before and half after": {
      lines: [before, ...OLD.slice(0, 2), after, ...OLD.slice(2), DOOR],
      opens: [false],
    },
    "each after": { lines: [before, after, ...OLD, DOOR, ...NEW, DOOR], opens: [false, true] },
  };
  const salvos = variants.flatMap((variant) =>
    families.flatMap((family) =>
      Object.entries(words).map(
        ([, { lines }], index): Salvo => ({
          ...{ host: hostOf(variant), family, source: index + 1 },
          shots: script(...lines),
        }),
      ),
    ),
  );
  const sent = await inject(world, salvos);
  salvos.forEach(({ host, family, source, shots }, index) => {
    const [name, { opens }] = Object.entries(words)[source - 1] ?? ["", { opens: [] }];
    const tries = shots.flatMap(({ packet }, at) => (packet === DOOR ? [sent[index]?.[at]?.answer] : []));
    // Nothing listens: what the door lets in is refused by the kernel.
    expect(tries, `${name}: ${host}, ${family}`).toEqual(opens.map((isOpen) => (isOpen ? "reset" : "none")));
  });
});

function hostOf(variant: Variant): string {
  return `${LETTERS[variant]}0`;
}
