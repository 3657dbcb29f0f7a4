import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { PortKnockError } from "../../errors";
import type { Login } from "../../policy/connection";
import { answerLimits } from "../answerLimits";
import type { HostKey } from "../hostKey";
import type { Trust } from "../trust";
import { logIn } from "./login";
import { HOST } from "./loginErrors";
import { LimitExceeded, type Meter, meterOf } from "./meter";

/** A logged-in client with a limit on what the server may send. */
export interface MeteredClient {
  readonly client: Client;
  readonly hostKey: HostKey;
  readonly meter: Meter;
  /** Closes the connection and does not wait long for the server. */
  end(): void;
  /** Closes the connection at once. */
  cut(): void;
}

/**
 * Logs in over an open TCP connection that nobody has read from.
 * @throws PortKnockError as `logIn` does; `script` where the other side sends more than a login takes.
 */
export async function logInMetered(
  login: Login,
  socket: Duplex,
  trust: Trust,
  role = HOST,
): Promise<MeteredClient> {
  const meter = meterOf(socket, answerLimits.loginBytes, "before the login was over");
  const { client, hostKey } = await meter.guard(logIn(login, socket, trust, role)).catch((error: unknown) => {
    throw error instanceof LimitExceeded ? tooMuch(login, error) : error;
  });
  meter.restart(answerLimits.overheadBytes, "that nobody had asked for");
  const cut = () => {
    client.destroy();
    // client.destroy() does nothing once this side has ended.
    socket.destroy();
  };
  return {
    client,
    hostKey,
    meter,
    cut,
    end() {
      client.end();
      setTimeout(cut, answerLimits.farewellMs).unref();
    },
  };
}

/** The code is `script`, so nobody tries again: the server would send too much again. */
export function tooMuch(
  { host }: { readonly host: string },
  { message, remedy }: LimitExceeded,
): PortKnockError {
  const details = { host, phase: "connecting", hostState: "unchanged", remedy };
  return new PortKnockError("script", message, details);
}
