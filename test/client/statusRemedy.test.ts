import { expect, test } from "vitest";
import { withOwnRemedy } from "../../provider/client/statusRemedy";
import { type ErrorCode, PortKnockError } from "../../provider/errors";
import { startCauseOf } from "../../provider/host/apply/startCauses";
import { told } from "../situations";

function said(code: ErrorCode, reason: string, remedy: string): PortKnockError {
  const details = { host: "192.0.2.1", phase: "connecting", hostState: "unchanged", remedy };
  return withOwnRemedy(new PortKnockError(code, reason, details)) as PortKnockError;
}

test.each([
  "This account is currently not available.",
  "This service allows sftp connections only.",
  'Please login as the user "admin" rather than the user "root".',
  "sudo: a password is required",
  "sudo: command not found",
  "sh: restricted",
])("what helps where a script never began is told in options of the command line: %s", (words) => {
  const { reason, remedy } = startCauseOf(words, 1);
  const { message } = said("host-unfit", reason("root"), remedy("root", "admin"));
  expect(message).toContain("What to do: ");
  expect(message).not.toMatch(/connection\./);
});

test("the way in by another account is a line to type", () => {
  const { reason, remedy } = startCauseOf('Please login as the user "admin" rather than the user "root".', 1);
  expect(said("host-unfit", reason("root"), remedy("root", "admin")).details.remedy).toBe(
    "give -l admin and --sudo.",
  );
});

test("a wrong key is that of -i", () => {
  const field = "connection.privateKey";
  const [, reason = ""] = told("key is the public half", { field }).split(`${field}: `);
  expect(said("login", `${field} ${reason}`, `give ${field} anew.`).reason).toBe(`-i ${reason}`);
});
