import type { Connection } from "../../policy/connection";
import { answerLimits } from "../answerLimits";
import type { HostKey } from "../hostKey";
import type { Route } from "../route";
import type { Trust } from "../trust";
import type { Meter } from "./meter";
import { logInMetered } from "./metered";
import type { Output } from "./output";
import { runScript, type ScriptExit } from "./run";

/** A logged-in SSH connection. */
export interface Session {
  readonly user: string;
  readonly hostKey: HostKey;
  /** The connection's route, for packets that must come from the same address. */
  readonly route: Route;
  /** Milliseconds that the TCP handshake took: one round trip. */
  readonly roundTripMs: number;
  /**
   * Runs a script as root (through sudo where asked) and resolves once `output` has all of its answer, or it ended.
   * @throws LimitExceeded, NotStarted where the host started nothing; the connection is over then.
   */
  run(script: string, output: Output, timeoutMs: number): Promise<ScriptExit>;
  close(): void;
}

/**
 * Opens a new connection. It is never shared: it proves that a new connection gets through.
 * @throws PortKnockError `login`, `host-key`, `unreachable`; Error where no TCP connection comes about.
 */
export async function openSession(
  connection: Connection,
  route: Route,
  trust: Trust,
  connectTimeoutMs: number,
): Promise<Session> {
  const dialled = performance.now();
  const socket = await route.dial(connection.port, connectTimeoutMs);
  const roundTripMs = performance.now() - dialled;
  const { client, hostKey, meter, end, cut } = await logInMetered(connection, socket, trust);
  return {
    user: connection.user,
    hostKey,
    route,
    roundTripMs,
    run: (script, output, timeoutMs) => {
      const run = runScript(client, connection, script, metered(output, meter), timeoutMs);
      return meter.guard(run).catch((error: unknown) => {
        cut();
        throw error;
      });
    },
    close: () => {
      end();
      route.close();
    },
  };
}

/** Data that someone reads raise the limit by as much. Data that nobody reads soon exceed it. */
function metered(output: Output, meter: Meter): Output {
  const allow = (text: string) => meter.allow(Buffer.byteLength(text) + answerLimits.packetOverheadBytes);
  return {
    ...output,
    takeStdout(text) {
      allow(text);
      return output.takeStdout(text);
    },
    takeStderr(text) {
      allow(text);
      output.takeStderr(text);
    },
  };
}
