import { beforeAll, describe, expect, test } from "vitest";
import { randomNumbers } from "../kernel/random";
import { seed } from "../policy/seed";
import { useStack } from "./useStack";
import { connection, SEQUENCE, sshDoor, traces, webDoor } from "./world";

const HOSTS = 3;

/** How an `up` ends early. Pulumi takes a SIGINT as a wish, and a second one as an order. */
const ENDS = {
  "one SIGINT": "kill -INT $1",
  "two SIGINTs": "kill -INT $1; sleep 0.2; kill -INT $1 || :",
  "SIGKILL of pulumi alone": "kill -KILL $1",
  "SIGKILL of every process": "kill -KILL -1",
} as const;

describe("an up that is interrupted at a random moment", () => {
  const { lab, stack } = useStack({ hosts: HOSTS });
  let before: string[];
  const started = seed();
  const random = randomNumbers(started);

  beforeAll(async () => {
    before = await Promise.all(lab.hosts.map(traces));
    console.log(`seed ${started}`);
  });

  const declare = (sequence: readonly object[]) => {
    const login = { rollbackAfterSeconds: 15 };
    return stack.declare(
      Object.fromEntries(
        lab.hosts.flatMap((host) => [
          [`ssh-${host.name}`, sshDoor(lab, host, { sequence, connection: connection(lab, host), ...login })],
          [`web-${host.name}`, webDoor(lab, host, { connection: connection(lab, host), ...login })],
        ]),
      ),
    );
  };

  /** Runs an `up` into its end, so many milliseconds after it began. */
  async function interrupt(end: string, afterMs: number): Promise<void> {
    const child = stack.spawn(["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"]);
    const ended = new Promise((resolve) => child.on("close", resolve));
    const pid = "pid=$(pgrep -o -x pulumi) || exit 0; set -- $pid;";
    await lab.controller.exec(["bash", "-c", `sleep ${afterMs / 1000}; ${pid} ${end}`]);
    await ended;
  }

  test.each(Object.entries(ENDS).flatMap(([name, end]) => [1, 2].map((round) => ({ name, end, round }))))(
    "by $name ($round) is finished by the next, with nothing done by hand",
    async ({ end }) => {
      await declare(random() < 0.5 ? SEQUENCE : SEQUENCE.toReversed());
      const afterMs = Math.round(800 + 2_700 * random());
      await interrupt(end, afterMs);
      // Pulumi's own lock on its state outlives a SIGKILL; this is its command for that, and no part of a host's repair.
      if (end.includes("KILL")) await stack.must("cancel", "--yes");
      await stack.up();
      const doors = await stack.doors();
      expect(doors, `${afterMs} ms`).toHaveLength(2 * HOSTS);
      await stack.refresh("--clear-pending-creates", "--expect-no-changes");
      expect((await stack.export()).deployment.pending_operations).toBeUndefined();
      if (random() < 0.5) {
        await stack.destroy();
        await expect.poll(() => Promise.all(lab.hosts.map(traces)), { timeout: 10_000 }).toEqual(before);
      }
    },
  );
});
