import { Config } from "@pulumi/pulumi";
import { type ConnectionArgs, KnockSequence, PortKnock } from "pulumi-portknock";

const config = new Config();
const [rotation, overlap] = [config.require("rotation"), config.require("overlap")];

export const doors = Object.fromEntries(
  Object.entries(config.requireObject<Record<string, ConnectionArgs>>("hosts")).map(([name, host]) => {
    const { current, previous, generation } = new KnockSequence(name, { keepers: { rotation }, overlap });
    const { knockCommand } = new PortKnock(name, {
      // No key, so that none is in the state: the ssh-agent has it. No host is trusted that is not pinned.
      connection: { ...host, acceptNewHostKey: false },
      sequence: current,
      previous,
      door: [{ protocol: "tcp", ports: [22] }],
    });
    return [name, { generation, knockCommand }];
  }),
);
