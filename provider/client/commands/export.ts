import { defineCommand } from "../command/command";
import { portOption } from "../command/option";
import { doorOptions } from "../doorOptions";
import { findDoor } from "../findDoor";
import { formats } from "../formats";
import { ownCommand } from "../ownCommand";
import { print } from "../terminal";

/** Writes what opens a door for other programs. */
export const exportDoor = defineCommand({
  usage: ["HOST --format FORMAT [--port PORT] [--command COMMAND] [options]"],
  description: ["Writes what opens a door, for users who do not have this command."],
  options: {
    format: {
      kind: "choice",
      value: "FORMAT",
      required: true,
      about: "for which program",
      choices: {
        "ssh-config":
          "a block for ~/.ssh/config with `portknock proxy` as the ProxyCommand. It has no secret",
        shell:
          "for a POSIX shell with nc and ping: one line, or for a sequence that changes with time a script that needs openssl too",
        knockonports: "JSON for the Android app Knock on Ports",
        knockd: "a knockd.conf. TCP and UDP knocks only",
        mermaid: "a diagram of the stages. It has no secret",
      } satisfies Record<keyof typeof formats, string>,
    },
    command: {
      kind: "text",
      value: "COMMAND",
      about: "ssh-config: how ssh starts this command (default: portknock, or its path if it is not on PATH)",
    },
    port: portOption({
      short: "p",
      about: "the TCP port of the door (default: the first that is known, else 22)",
    }),
    ...doorOptions,
  },
  positionals: { host: { kind: "host", name: "HOST" } },
  examples: [
    "portknock export web.example.com --format ssh-config >> ~/.ssh/config",
    "portknock export web.example.com --format shell | ssh bastion sh",
  ],

  async run({ values, positionals: { host } }) {
    const door = await findDoor(values, [host], values.port);
    const [sequence] = door.sequences;
    const command = values.command ?? ownCommand();
    print(formats[values.format]({ ...door, sequence, port: door.port ?? 22, command }));
  },
});
