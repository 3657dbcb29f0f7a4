import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { check } from "../../provider/resource/check";
import { isHostless } from "../../provider/resource/hostless";
import { inputs } from "./inputs";

/** One that is not `inputs.connection.privateKey`. */
const ANOTHER_KEY = generateKeyPairSync("ed25519")
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

/** Changes of a door, and whether they are made without the host. */
const CASES: readonly { readonly name: string; readonly change: object; readonly isHostless: boolean }[] = [
  { name: "nothing", change: {}, isHostless: false },
  { name: "onUnreachable", change: { onUnreachable: "abandon" }, isHostless: true },
  { name: "onUnpersisted", change: { onUnpersisted: "warn" }, isHostless: true },
  { name: "rollbackAfterSeconds", change: { rollbackAfterSeconds: 30 }, isHostless: true },
  ...Object.entries({
    user: "ops",
    privateKey: ANOTHER_KEY,
    privateKeyPassword: "secret",
    password: "secret",
    agentSocketPath: "/run/agent",
    acceptNewHostKey: false,
    dialErrorLimit: 3,
    perDialTimeout: 5,
    sudo: true,
    sudoPassword: "secret",
  }).map(([name, value]) => ({
    name: `connection.${name}`,
    change: { connection: { ...inputs.connection, [name]: value } },
    isHostless: true,
  })),
  ...Object.entries({
    port: 2222,
    hostKey: "ssh-ed25519 AAAAC3Nz",
    knock: inputs.sequence,
    proxy: { host: "192.0.2.77", privateKey: ANOTHER_KEY },
  }).map(([name, value]) => ({
    name: `connection.${name}`,
    change: { connection: { ...inputs.connection, [name]: value } },
    isHostless: false,
  })),
  { name: "a rule", change: { openForSeconds: 77 }, isHostless: false },
  {
    name: "an option and a rule",
    change: { onUnreachable: "abandon", openForSeconds: 77 },
    isHostless: false,
  },
  { name: "the name", change: { owner: "acme/web/prod/shell" }, isHostless: false },
];

test.each(CASES)(
  "a change of $name is made without the host: $isHostless",
  async ({ change, isHostless: expected }) => {
    // TCP, so that it may go through a bastion.
    const sequence = [
      { protocol: "tcp", port: 7001 },
      { protocol: "tcp", port: 7002 },
    ];
    const before = await check({}, { ...inputs, sequence });
    const after = await check(before.inputs, { ...inputs, sequence, ...change });
    expect(isHostless(before.inputs, after.inputs)).toBe(expected);
  },
);

test("what the host lacked when it was last read is not passed over", async () => {
  const { inputs: checked } = await check({}, inputs);
  const news = { ...checked, onUnreachable: "abandon" };
  expect(isHostless(checked, news)).toBe(true);
  expect(isHostless({ ...checked, rules: checked.rules.slice(1) }, news)).toBe(false);
});
