import { formats } from "../formats";
import type { Format } from "../formats/format";
import { readHost } from "../hostArgument";
import { doorHelp, doorOptions, findTarget } from "../target";
import { print } from "../terminal";
import { type Command, readArgs, readPort, UsageError } from "../usage";

const names = Object.keys(formats);

/** Writes a door for other programs. */
export const exportDoor: Command = {
  help: `portknock export HOST --format ${names.join(" | ")} [--port PORT] [options]
  Writes how to get through a door for those who do not have this command.
    knockd       a knockd.conf, which knock clients for phones read too; TCP and UDP knocks
    ssh-config   a block for ~/.ssh/config, in which \`portknock proxy\` is the ProxyCommand; no secret in it
    shell        one line for a POSIX shell with nc and ping
    mermaid      a diagram of the stages; no secret in it
${doorHelp}
  --port PORT       the TCP port of the door (default: the first that is known, else 22)
  Examples:
    portknock export web.example.com --format ssh-config >> ~/.ssh/config
    portknock export web.example.com --format shell | ssh bastion sh`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      ...doorOptions,
      format: { type: "string" },
      port: { type: "string" },
    });
    const [host] = positionals;
    if (host === undefined || positionals.length > 1) throw new UsageError("export takes one host");
    const format: Format | undefined = Object.hasOwn(formats, values.format ?? "")
      ? formats[values.format as keyof typeof formats]
      : undefined;
    if (format === undefined) throw new UsageError(`--format takes ${names.join(", ")}`);
    const port = values.port === undefined ? undefined : readPort("--port", values.port);
    const target = await findTarget(values, [readHost(host)], port);
    print(format({ name: readHost(host), ...target, port: target.port ?? 22 }));
  },
};
