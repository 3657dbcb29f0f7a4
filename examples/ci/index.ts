import { Config } from "@pulumi/pulumi";
import { type ConnectionArgs, type Duration, KnockSequence, PortKnock } from "pulumi-portknock";

type Host = Pick<ConnectionArgs, "host" | "user" | "hostKey">;

const config = new Config();
const rotateEvery = config.require<Duration>("rotateEvery");
const overlap = config.require<Duration>("overlap");

export const doors = Object.fromEntries(
  Object.entries(config.requireObject<Record<string, Host>>("hosts")).map(([name, host]) => {
    const { current, previous, generation, rotatesAt } = new KnockSequence(name, { rotateEvery, overlap });
    const { knockCommand } = new PortKnock(name, {
      // No key, so that none is in the state: the pipeline's ssh-agent has it. No host is trusted that is not pinned.
      connection: { ...host, acceptNewHostKey: false },
      sequence: current,
      previous,
      door: [{ protocol: "tcp", ports: [22] }],
    });
    return [name, { generation, rotatesAt, knockCommand }];
  }),
);
