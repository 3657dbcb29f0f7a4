import { defineCommand } from "../command/command";
import { portOption } from "../command/option";
import { doorNotes, doorOptions } from "../doorOptions";
import { findDoor } from "../findDoor";
import { formats } from "../formats";
import { print } from "../terminal";

/** Writes what opens a door for other programs. */
export const exportDoor = defineCommand({
  usage: ["HOST --format FORMAT [--port PORT] [options]"],
  description: ["Writes what opens a door, for users who do not have this command."],
  options: {
    format: {
      kind: "choice",
      value: "FORMAT",
      required: true,
      about: "for which program",
      choices: {
        knockd: "a knockd.conf. Knock clients for phones read it too. TCP and UDP knocks only",
        "ssh-config":
          "a block for ~/.ssh/config with `portknock proxy` as the ProxyCommand. It has no secret",
        shell: "one line for a POSIX shell with nc and ping",
        mermaid: "a diagram of the stages. It has no secret",
      } satisfies Record<keyof typeof formats, string>,
    },
    port: portOption({ about: "the TCP port of the door (default: the first that is known, else 22)" }),
    ...doorOptions,
  },
  positionals: { host: { kind: "host", name: "HOST" } },
  notes: doorNotes,
  examples: [
    "portknock export web.example.com --format ssh-config >> ~/.ssh/config",
    "portknock export web.example.com --format shell | ssh bastion sh",
  ],

  async run({ values, positionals: { host } }) {
    const door = await findDoor(values, [host], values.port);
    const [sequence] = door.sequences;
    print(formats[values.format]({ ...door, sequence, port: door.port ?? 22 }));
  },
});
