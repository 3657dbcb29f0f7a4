import { remote } from "@pulumi/command";
import { Config } from "@pulumi/pulumi";
import { KnockSequence, OpenDoor, PortKnock } from "pulumi-portknock";

const config = new Config();
const connection = { host: config.require("host"), privateKey: config.requireSecret("privateKey") };
const { current: sequence } = new KnockSequence("ssh");
const triggers = [config.require("message")];

const door = new PortKnock("ssh", { connection, sequence, door: [{ protocol: "tcp", ports: [22] }] });

const open = new OpenDoor("open", { host: connection.host, sequence, triggers }, { dependsOn: door });

const message = new remote.Command(
  "message",
  { connection, create: `echo "${triggers[0]}" | tee /root/message`, triggers },
  { dependsOn: open },
);

export const { clientConfig } = door;
export const said = message.stdout;
