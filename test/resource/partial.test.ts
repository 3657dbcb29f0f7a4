import { inspect } from "node:util";
import { expect, test } from "vitest";
import { PortKnockError } from "../../provider/errors";
import { PartialError } from "../../provider/resource/partial";

test("Pulumi finds the state in the error of a door that is there, and nobody else sees it", () => {
  const properties = { sequence: "tcp/41287", rules: [] };
  const details = { host: "192.0.2.1", phase: "persisting", hostState: "applied, not persisted" };
  const error = new PartialError("not-persisted", "the disk is full", details, "0123456789", properties);
  // As the dynamic provider reads it (grpcResponseFromError).
  const { id, properties: read, reasons, message } = error;
  expect({ id, read, reasons }).toEqual({ id: "0123456789", read: properties, reasons: [message] });
  expect(error).toBeInstanceOf(PortKnockError);
  const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
  expect(shown + JSON.stringify(error)).not.toContain("41287");
});

test("an error's parts are plain, and no longer than a screen", () => {
  const text = `\x1b]52;c;eA==\x07${"x".repeat(100_000)}`;
  const details = { host: text, phase: text, hostState: text, remedy: text, cause: new Error(text) };
  const error = new PortKnockError("script", text, details);
  expect(error.message).not.toContain("\x1b");
  expect(error.message.length).toBeLessThan(12_000);
  for (const part of [error.reason, ...Object.values(error.details).map(String), error.stack])
    expect(part).not.toContain("\x1b");
});
