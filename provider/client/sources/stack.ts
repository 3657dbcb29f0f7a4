import { type ClientDoor, configFailures } from "../../policy/clientConfig";
import { run } from "../../process";
import { UsageError } from "../usage";
import type { Source } from ".";
import { chooseDoor } from "./doors";

/** The outputs of a stack: every `clientConfig` in them, under whatever name and however deep. */
export const stack: Source = {
  name: "--stack",
  find: async (request) => {
    if (request.stack === undefined) return undefined;
    const doors = doorsIn(await outputsOf(request.stack));
    if (doors.length === 0) {
      throw new UsageError(`no output of the stack is a door's clientConfig: export it from the program`);
    }
    return chooseDoor(doors, request);
  },
};

async function outputsOf(name: string): Promise<unknown> {
  const args = ["stack", "output", "--show-secrets", "--json", "--stack", name, "--non-interactive"];
  const { code, stdout, stderr, error } = await run("pulumi", args, 120_000);
  if (error) throw new UsageError("--stack needs the command pulumi");
  if (code !== 0) throw new Error(`pulumi does not tell the stack's outputs: ${stderr.trim()}`);
  return JSON.parse(stdout);
}

function doorsIn(value: unknown): ClientDoor[] {
  if (typeof value !== "object" || value === null) return [];
  if (configFailures(value).length === 0) return [...(value as { doors: ClientDoor[] }).doors];
  return Object.values(value).flatMap(doorsIn);
}
