import { createPrivateKey, createPublicKey } from "node:crypto";
import { utils } from "ssh2";
import { expect, test } from "vitest";
import { readPrivateKey } from "../../provider/host/ssh/privateKey";
import { forms, make, PASSPHRASE } from "./keys";

/** The public half of what ssh2 would log in with, as `like` has it. */
function publicHalf(text: string, like: string): string {
  const parsed = utils.parseKey(text);
  if (parsed instanceof Error) throw parsed;
  if (like.startsWith("-----BEGIN")) {
    const key = createPrivateKey(parsed.getPrivatePEM());
    return createPublicKey(key as unknown as string)
      .export({ type: "spki", format: "pem" })
      .toString();
  }
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}

test.each(forms)("$name", ({ commands, isEncrypted }) => {
  const made = make(commands);
  const read = readPrivateKey(made.text, isEncrypted ? PASSPHRASE : undefined);
  expect(read).toBeTypeOf("string");
  const expected =
    made.publicHalf.startsWith("ssh-") || made.publicHalf.startsWith("ecdsa-")
      ? made.publicHalf.split(" ").slice(0, 2).join(" ")
      : made.publicHalf;
  expect(publicHalf(String(read), made.publicHalf)).toBe(expected);
  if (!isEncrypted) return;
  expect(readPrivateKey(made.text, undefined)).toMatchObject({
    field: "privateKeyPassword",
    reason: expect.stringContaining("must be given"),
  });
  expect(readPrivateKey(made.text, "another passphrase")).toMatchObject({
    field: "privateKeyPassword",
    reason: expect.stringContaining("does not decrypt"),
  });
});
