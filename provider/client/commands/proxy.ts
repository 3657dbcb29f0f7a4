import { once } from "node:events";
import { readHost } from "../hostArgument";
import { doorHelp, doorOptions, findTarget, openAndConnect } from "../target";
import { type Command, readArgs, readPort, UsageError } from "../usage";

/** Knocks, then is a pipe to the door: ssh's ProxyCommand. */
export const proxy: Command = {
  help: `portknock proxy HOST PORT [options]
  Knocks, connects to the port, and pipes stdin and stdout to it, for ssh's ProxyCommand.
${doorHelp}
  Examples:
    ssh -o ProxyCommand='portknock proxy %h %p' root@192.0.2.11
    rsync -e "ssh -o ProxyCommand='portknock proxy %h %p'" -a site/ root@192.0.2.11:/srv/site/`,

  async run(args, signal) {
    const { values, positionals } = readArgs(args, doorOptions);
    const [host, portText] = positionals;
    if (host === undefined || portText === undefined || positionals.length > 2)
      throw new UsageError("proxy takes a host and a port");
    const port = readPort("proxy", portText);
    const { socket } = await openAndConnect(await findTarget(values, [readHost(host)], port), port, signal);
    // ssh sends many small packets, and waits for the answer to each.
    socket.setNoDelay();
    const closed = once(socket, "close", { signal });
    process.stdin.pipe(socket).pipe(process.stdout);
    // Whoever reads may be gone first, which is no error of ours.
    process.stdout.on("error", () => socket.destroy());
    try {
      await closed;
    } finally {
      socket.destroy();
      process.stdin.destroy();
    }
  },
};
