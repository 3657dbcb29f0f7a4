import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { StateResource } from "./stack";
import { useStack } from "./useStack";
import { connection, SEQUENCE } from "./world";

/**
 * What a door of three steps, with the defaults and a key of its own, takes of the state. Pulumi keeps the inputs and the
 * outputs of every resource: the rules are 3.2 KB in each, for the preview and as an output, the connection with its key 0.7.
 */
const BYTES = { asExported: 12_500, packed: 3_700 };

const { lab, stack } = useStack();

test("the state of a door is small, and smaller where the backend packs it", async () => {
  const door = [{ protocol: "tcp", ports: [22] }];
  await stack.declare({ ssh: { connection: connection(lab, lab.host()), sequence: SEQUENCE, door } });
  await stack.up();
  const [resource] = await stack.doors();
  const text = JSON.stringify(resource);
  const sizes = { asExported: text.length, packed: gzipSync(text).length };
  console.log(JSON.stringify(sizes), ...largest(resource));
  expect(sizes.asExported).toBeLessThan(BYTES.asExported);
  expect(sizes.packed).toBeLessThan(BYTES.packed);
});

/** What takes most of it, in bytes. */
function largest(resource: StateResource | undefined): string[] {
  const { inputs = {}, outputs = {}, ...rest } = resource ?? { urn: "", type: "" };
  const parts = Object.entries({ inputs, outputs, rest }).flatMap(([of, part]) =>
    Object.entries(part).map(([name, value]) => ({
      name: `${of}.${name}`,
      bytes: JSON.stringify(value).length,
    })),
  );
  const sorted = parts.sort((one, other) => other.bytes - one.bytes).slice(0, 9);
  return sorted.map(({ name, bytes }) => `${name} ${bytes}`);
}
