import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quote } from "../util/shellQuote";

/** Hands a connection of this process to ssh. */
export interface Tunnel {
  /** ssh runs this as its ProxyCommand. It contains no secret. */
  readonly command: string;
  /** Hands the connection over. ssh gets it as soon as it asks. */
  connect(socket: Socket): void;
  close(): void;
}

/**
 * Opens a socket in a folder that only this user can enter. ssh's ProxyCommand asks there for the connection, so ssh uses
 * the connection that came through the door. A grant may allow only one.
 */
export async function openTunnel(): Promise<Tunnel> {
  const folder = mkdtempSync(join(process.env.XDG_RUNTIME_DIR || tmpdir(), "portknock-"));
  const path = join(folder, "ssh");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const server = createServer();
  const asked = once(server, "connection").then(([end]) => {
    remove();
    server.close();
    return end as Socket;
  });
  server.listen(path);
  await once(server, "listening");
  return {
    command: [process.execPath, join(__dirname, "pipe.js"), path].map(word).join(" "),
    connect: (socket) => {
      socket.setNoDelay();
      asked.then((end) => {
        // Either side may close first. That closes the other.
        socket.on("error", () => end.destroy());
        end.on("error", () => socket.destroy());
        end.on("close", () => socket.destroy());
        end.pipe(socket).pipe(end);
      });
    },
    close: () => {
      remove();
      server.close();
      asked.then((end) => end.destroy());
    },
  };
}

/** A word for the shell that ssh starts, with no `%` that ssh would replace (ssh_config(5), TOKENS). */
function word(text: string): string {
  return quote(text).replaceAll("%", "%%");
}
