import { remote } from "@pulumi/command";
import { Config } from "@pulumi/pulumi";
import { OpenDoor, PortKnock, parseSequence } from "pulumi-portknock";

const config = new Config();
const connection = { host: config.require("host"), privateKey: config.requireSecret("privateKey") };
const sequence = config.requireSecret("sequence").apply(parseSequence);
const triggers = [config.require("message")];

const door = new PortKnock("ssh", { connection, sequence, door: [{ protocol: "tcp", ports: [22] }] });

const open = new OpenDoor("open", { host: connection.host, sequence, triggers }, { dependsOn: door });

const message = new remote.Command(
  "message",
  { connection, create: `echo "${triggers[0]}" | tee /root/message`, triggers },
  { dependsOn: open },
);

export const { rules, clientConfig } = door;
export const said = message.stdout;
