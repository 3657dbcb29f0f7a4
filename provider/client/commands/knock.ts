import { type ErrorCode, PortKnockError } from "../../errors";
import { knockAtEach } from "../../knock/knock";
import { defineCommand } from "../command/command";
import { portOption } from "../command/option";
import { doorOptions } from "../doorOptions";
import { findDoor } from "../findDoor";
import { type KnockTarget, knockTarget, openAndConnect, portToCheck } from "../openDoor";
import { printJson, tell } from "../terminal";
import { UsageError } from "../usageError";

/** Knocks at a host, and checks that its door opens. */
export const knock = defineCommand({
  usage: ["HOST [--port PORT] [--no-check] [--json] [options]"],
  description: [
    "Knocks, then connects to the door to check that it is open. Knocks again where packets were lost. Without a known port of the door, and with --no-check, it only sends the knocks, once, to an address of each family.",
  ],
  options: {
    port: portOption({ short: "p", about: "a TCP port of the door (default: the first that is known)" }),
    "no-check": {
      kind: "switch",
      about: "only knock. A door with singleUse is never checked: the check would use the grant up",
    },
    json: { kind: "switch", about: "print the outcome as JSON" },
    ...doorOptions,
  },
  positionals: { host: { kind: "host", name: "HOST" } },
  notes: [
    '--json prints {"open", "address", "port", "source", "tries"}. "open" is null where the door was not checked. It is false, beside "code" and "message", where the command failed.',
  ],
  examples: [
    "portknock knock 192.0.2.11 --sequence tcp/7000,udp/8000,icmp/120 --port 22",
    "PORTKNOCK_SEQUENCE=tcp/7000,tcp/7001 portknock knock web.example.com --port 443 --json",
  ],

  failure: (error) => ({ open: false, code: codeOf(error), message: error.message }),

  async run({ values, positionals }, signal) {
    const target = knockTarget(await findDoor(values, [positionals.host], values.port));
    const outcome = await knockOnce(target, portToCheck(target, values["no-check"]), signal);
    if (values.json) printJson(outcome);
  },
});

function codeOf(error: Error): ErrorCode | "usage" | "failed" {
  if (error instanceof PortKnockError) return error.code;
  return error instanceof UsageError ? "usage" : "failed";
}

async function knockOnce(
  target: KnockTarget,
  port: number | undefined,
  signal: AbortSignal,
): Promise<object> {
  if (port === undefined) {
    const addresses = (await knockAtEach({ ...target, signal })).map(({ address }) => address);
    tell(`knocked at ${addresses.join(" and ")}; did not check whether the door opened`);
    return { open: null, addresses };
  }
  const { socket, to, source, tries } = await openAndConnect(target, port, signal);
  socket.destroy();
  return { open: true, address: to.address, port, source, tries };
}
