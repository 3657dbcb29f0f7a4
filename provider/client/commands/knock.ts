import { type ErrorCode, PortKnockError } from "../../errors";
import { knockAtEach } from "../../knock/knock";
import { readHost } from "../hostArgument";
import { doorHelp, doorOptions, findTarget, openAndConnect, portToCheck, type Target } from "../target";
import { printJson, tell } from "../terminal";
import { type Command, readArgs, readPort, UsageError } from "../usage";

/** Knocks at a host, and sees whether its door opens. */
export const knock: Command = {
  help: `portknock knock HOST [--port PORT] [--no-check] [--json] [options]
  Knocks, then connects to the door to see that it is open, and knocks again where packets were lost. Where no port
  of the door is known, and with --no-check, the knocks are only sent, once, to an address of each family.
${doorHelp}
  --port PORT       a TCP port of the door
  --no-check        only knock (as ever for a door with singleUse: looking would use the grant up)
  --json            {"open": true, "address": "192.0.2.11", "port": 22, "source": "192.0.2.1", "tries": 1};
                    "open" is null where it was not checked, and false, with "code" and "message", where it failed
  Examples:
    portknock knock 192.0.2.11 --sequence tcp/7000,udp/8000,icmp/120 --port 22
    PORTKNOCK_SEQUENCE=tcp/7000,tcp/7001 portknock knock web.example.com --port 443 --json`,

  async run(args, signal) {
    const { values, positionals } = readArgs(args, {
      ...doorOptions,
      port: { type: "string" },
      "no-check": { type: "boolean" },
      json: { type: "boolean" },
    });
    const [host] = positionals;
    if (host === undefined || positionals.length > 1) throw new UsageError("knock takes one host");
    const print = (result: object) => values.json && printJson(result);
    try {
      const port = values.port === undefined ? undefined : readPort("--port", values.port);
      const target = await findTarget(values, [readHost(host)], port);
      print(await knockOnce(target, portToCheck(target, values["no-check"]), signal));
    } catch (error) {
      if (!signal.aborted && error instanceof Error) {
        print({ open: false, code: codeOf(error), message: error.message });
      }
      throw error;
    }
  },
};

function codeOf(error: Error): ErrorCode | "usage" | "failed" {
  if (error instanceof PortKnockError) return error.code;
  return error instanceof UsageError ? "usage" : "failed";
}

async function knockOnce(target: Target, port: number | undefined, signal: AbortSignal): Promise<object> {
  if (port === undefined) {
    const addresses = (await knockAtEach({ ...target, signal })).map(({ address }) => address);
    tell(`knocked at ${addresses.join(" and ")}; whether it opened was not checked`);
    return { open: null, addresses };
  }
  const { socket, to, source, tries } = await openAndConnect(target, port, signal);
  socket.destroy();
  return { open: true, address: to.address, port, source, tries };
}
