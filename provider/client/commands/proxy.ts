import { once } from "node:events";
import { defineCommand } from "../command/command";
import { doorOptions } from "../doorOptions";
import { findDoor } from "../findDoor";
import { knockTarget, openAndConnect } from "../openDoor";

/** Knocks, then pipes stdin and stdout to the door: ssh's ProxyCommand. */
export const proxy = defineCommand({
  usage: ["HOST PORT [options]"],
  description: [
    "Knocks, connects to the port, and pipes stdin and stdout to it. ssh runs this as its ProxyCommand.",
  ],
  options: doorOptions,
  positionals: { host: { kind: "host", name: "HOST" }, port: { kind: "port", name: "PORT" } },
  examples: [
    "ssh -o ProxyCommand='portknock proxy %h %p' root@192.0.2.11",
    "rsync -e \"ssh -o ProxyCommand='portknock proxy %h %p'\" -a site/ root@192.0.2.11:/srv/site/",
  ],

  async run({ values, positionals: { host, port } }, signal) {
    const target = knockTarget(await findDoor(values, [host], port));
    const { socket } = await openAndConnect(target, port, signal);
    // ssh sends many small packets, and waits for the answer to each.
    socket.setNoDelay();
    const closed = once(socket, "close", { signal });
    process.stdin.pipe(socket).pipe(process.stdout);
    // The reader may close first. That is no error.
    process.stdout.on("error", () => socket.destroy());
    try {
      await closed;
    } finally {
      socket.destroy();
      process.stdin.destroy();
    }
  },
});
