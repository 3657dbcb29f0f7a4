import { knockAtEach } from "../../knock/knock";
import { startInForeground } from "../../util/process";
import { readHost } from "../hostArgument";
import { doorHelp, doorOptions, findTarget, openAndConnect, portToCheck, type Target } from "../target";
import { type Command, readArgs, readPort, UsageError } from "../usage";

/** Knocks, then runs a command that connects by itself. */
export const run: Command = {
  help: `portknock run HOST [--port PORT] [--no-check] [options] -- COMMAND [ARGUMENTS]
  Knocks, sees that the door is open, and runs a command, whose exit code is passed on. A name with IPv4 and IPv6
  addresses gets the knocks on both: which one the command takes is its own choice. In its environment,
  PORTKNOCK_ADDRESS is the address that answered.
${doorHelp}
  --port PORT       a TCP port of the door
  --no-check        only knock (as ever for a door with singleUse: looking would use the grant up)
  Examples:
    portknock run web.example.com --port 443 -- curl -s https://web.example.com/
    portknock run db.example.com --port 5432 -- psql -h db.example.com shop`,

  async run(args, signal) {
    const { values, positionals, rest } = readArgs(args, {
      ...doorOptions,
      port: { type: "string" },
      "no-check": { type: "boolean" },
    });
    const [host] = positionals;
    if (host === undefined || positionals.length > 1)
      throw new UsageError("run takes one host, and -- COMMAND");
    const [command, ...commandArgs] = rest;
    if (command === undefined) throw new UsageError("run takes a command after --");
    const port = values.port === undefined ? undefined : readPort("--port", values.port);
    const target = await findTarget(values, [readHost(host)], port);
    const address = await enter(target, portToCheck(target, values["no-check"]), signal);
    return startInForeground(command, commandArgs, address ? { PORTKNOCK_ADDRESS: address } : {}).ended;
  },
};

/** Opens the door on every family that there is, and returns an address on which it was seen open. */
async function enter(
  target: Target,
  port: number | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (port === undefined) return (await knockAtEach({ ...target, signal }))[0]?.address;
  const { socket, to } = await openAndConnect(target, port, signal);
  socket.destroy();
  if (target.family === undefined) {
    // There may be no way to it, and then the command will not take it either.
    await knockAtEach({ ...target, family: to.family === 4 ? 6 : 4, signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
  return to.address;
}
