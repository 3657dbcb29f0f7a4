import { knockAtEach } from "../../knock/knock";
import { startInForeground } from "../../util/process";
import { defineCommand } from "../command/command";
import { portOption } from "../command/option";
import { doorOptions } from "../doorOptions";
import { findDoor } from "../findDoor";
import { type KnockTarget, knockTarget, openAndConnect, portToCheck } from "../openDoor";
import { UsageError } from "../usageError";

/** Knocks, then runs a command that connects by itself. */
export const run = defineCommand({
  usage: ["HOST [--port PORT] [--no-check] [options] -- COMMAND [ARGUMENTS]"],
  description: [
    "Knocks, checks that the door is open, and runs a command. Its exit code is the command's. A name with IPv4 and IPv6 addresses gets the knocks on both, since the command chooses the address itself. The command finds the address that answered in PORTKNOCK_ADDRESS.",
  ],
  options: {
    port: portOption({ short: "p", about: "a TCP port of the door (default: the first that is known)" }),
    "no-check": {
      kind: "switch",
      about: "only knock. A door with singleUse is never checked: the check would use the grant up",
    },
    ...doorOptions,
  },
  positionals: { host: { kind: "host", name: "HOST" } },
  examples: [
    "portknock run web.example.com --port 443 -- curl -s https://web.example.com/",
    "portknock run db.example.com --port 5432 -- psql -h db.example.com shop",
  ],

  async run({ values, positionals: { host }, rest }, signal) {
    const [command, ...args] = rest;
    if (command === undefined) throw new UsageError("run takes a command after --");
    const target = knockTarget(await findDoor(values, [host], values.port));
    const address = await enter(target, portToCheck(target, values["no-check"]), signal);
    return startInForeground(command, args, address ? { PORTKNOCK_ADDRESS: address } : {}).ended;
  },
});

/** Knocks over every family that the host has, and returns an address on which the door was seen open. */
async function enter(
  target: KnockTarget,
  port: number | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (port === undefined) return (await knockAtEach({ ...target, signal }))[0]?.address;
  const { socket, to } = await openAndConnect(target, port, signal);
  socket.destroy();
  if (target.family === undefined) {
    // Where the other family leads nowhere, the command does not take it either.
    await knockAtEach({ ...target, family: to.family === 4 ? 6 : 4, signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
  return to.address;
}
