import type { types } from "@pulumi/command";
import { expect, test } from "vitest";
import { connectionSchema } from "../../provider/policy/connection";
import type { ConnectionArgs } from "../../provider/resource/args/portKnockArgs";

test("a connection of @pulumi/command is a connection of ours", () => {
  const theirs = {
    ...{
      host: "192.0.2.11",
      port: 2222,
      user: "ops",
      privateKey: "a key",
      privateKeyPassword: "its passphrase",
    },
    ...{ password: "a password", agentSocketPath: "/run/agent", hostKey: `ssh-ed25519 ${"A".repeat(68)}` },
    ...{ dialErrorLimit: 3, perDialTimeout: 15 },
    proxy: { host: "192.0.2.12", port: 22, user: "ops", privateKey: "a key" },
  } satisfies types.input.remote.ConnectionArgs;
  // The compiler holds the whole type to it, not this one value alone.
  const ours: ConnectionArgs =
    theirs satisfies types.input.remote.ConnectionArgs as types.input.remote.ConnectionArgs;
  expect(connectionSchema.safeParse(ours).error?.issues).toBeUndefined();
});
