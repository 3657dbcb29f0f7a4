import type { types } from "@pulumi/command";
import { expectTypeOf, test } from "vitest";
import type { ConnectionArgs } from "../../provider/resource/args";

test("a connection of @pulumi/command is a connection of ours", () => {
  expectTypeOf<types.input.remote.ConnectionArgs>().toExtend<ConnectionArgs>();
});
