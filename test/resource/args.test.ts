import type { types } from "@pulumi/command";
import { expectTypeOf, test } from "vitest";
import type { ConnectionArgs } from "../../provider/resource/args";

test("a connection of @pulumi/command is a connection of ours, but for its proxy", () => {
  expectTypeOf<Omit<types.input.remote.ConnectionArgs, "proxy">>().toExtend<ConnectionArgs>();
});
