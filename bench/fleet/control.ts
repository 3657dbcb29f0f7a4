import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check } from "../../provider/resource/check";
import type { Host, Lab } from "../../test/lab/lab";
import { REPOSITORY, Stack } from "../../test/stack/stack";
import { connection } from "../../test/stack/world";
import { doorOn, type Measured, measured, portOf } from "./ours";

/** What Pulumi takes by itself: a stack of resources with the properties of doors, whose lifecycle does nothing. */
export async function makeControl(lab: Lab, hosts: readonly Host[]): Promise<Measured> {
  const folder = join(lab.dir, `control-${hosts.length}`);
  const [project, state] = [join(folder, "project"), join(folder, "state")];
  await cp(join(__dirname, "nothing"), project, { recursive: true });
  await mkdir(state);
  await symlink(join(REPOSITORY, "node_modules"), join(project, "node_modules"));
  const stack = new Stack(lab, project, state);
  await stack.must("stack", "init", "test");
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
    await writeFile(join(project, "doors.json"), JSON.stringify({ connections, inputs, outputs }));
  });
}
