import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check } from "../../provider/resource/check";
import type { Host, Lab } from "../../test/lab/lab";
import { makeStack } from "../../test/stack/stack";
import { connection } from "../../test/stack/world";
import { doorOn, type Measured, measured, portOf } from "./ours";

/** What Pulumi takes by itself: a stack of resources with the properties of doors, whose lifecycle does nothing. */
export async function makeControl(lab: Lab, hosts: readonly Host[]): Promise<Measured> {
  const stack = await makeStack(lab, undefined, join(__dirname, "nothing"));
  const host = lab.host();
  return await measured(stack, async (operation) => {
    const { inputs } = await check(
      {},
      { ...doorOn(lab, host, portOf(operation)), owner: "organization/bench/nothing" },
    );
    const outputs = {
      knockCommand: "portknock knock",
      hostKey: host.hostKey,
      persistence: "none",
      verified: { closedBeforeKnock: true, openAfterKnock: true },
      warnings: [],
    };
    const connections = operation === "empty" ? [] : hosts.map((each) => connection(lab, each));
    await writeFile(join(stack.project, "doors.json"), JSON.stringify({ connections, inputs, outputs }));
  });
}
