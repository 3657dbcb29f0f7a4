import { expect, test } from "vitest";
import { isTrusted } from "../../provider/host/trust";

const [a, b] = ["AAAAa", "AAAAb"].map((base64) => ({ type: "ssh-ed25519", base64 }));
if (!a || !b) throw new Error("no keys");

test.each([
  { what: "the key that is known", keys: [b, a], revoked: [], acceptsNew: false, trusted: true },
  { what: "another than is known", keys: [b], revoked: [], acceptsNew: true, trusted: false },
  { what: "a first key, where new ones are taken", keys: [], revoked: [], acceptsNew: true, trusted: true },
  { what: "a first key, where they are not", keys: [], revoked: [], acceptsNew: false, trusted: false },
  { what: "one that is known and revoked", keys: [a], revoked: [b, a], acceptsNew: true, trusted: false },
  { what: "a first key that is revoked", keys: [], revoked: [a], acceptsNew: true, trusted: false },
  { what: "a key beside a revoked one", keys: [a], revoked: [b], acceptsNew: false, trusted: true },
  { what: "a first key beside a revoked one", keys: [], revoked: [b], acceptsNew: true, trusted: true },
])("$what: $trusted", ({ keys, revoked, acceptsNew, trusted }) => {
  expect(isTrusted({ keys, source: "", revoked, field: "connection.hostKey" }, a, acceptsNew)).toBe(trusted);
});
