import type { Host, Lab } from "../../test/lab/lab";
import type { Language } from "../../test/stack/languages/languages";
import { outputOf, type Wanted } from "../../test/stack/languages/wanted";
import { makeStack } from "../../test/stack/stack";
import { doorOn, type Measured, measured, portOf } from "./ours";

/** What the program of the dynamic front end puts out of each door, too. */
const OUTPUTS = ["rules", "knockCommand", "hostKey", "clientConfig"];

/** The same doors, run by the plugin: a program in some language. */
export async function makePlugin(lab: Lab, hosts: readonly Host[], language: Language): Promise<Measured> {
  const stack = await makeStack(lab, undefined, language.program);
  return await measured(stack, (operation) => {
    const declared = operation === "empty" ? [] : hosts;
    return language.declare(stack, doorsOn(lab, declared, portOf(operation)));
  });
}

function doorsOn(lab: Lab, hosts: readonly Host[], port: number): Wanted {
  return {
    resources: Object.fromEntries(
      hosts.map((host) => [host.name, { type: "PortKnock", properties: doorOn(lab, host, port) }]),
    ),
    outputs: Object.fromEntries(
      hosts.flatMap(({ name }) =>
        OUTPUTS.map((property) => [`${name}-${property}`, outputOf(`${name}.${property}`)]),
      ),
    ),
  };
}
