import { Config } from "@pulumi/pulumi";
import { clientConfigOf, KnockSequence, PortKnock } from "pulumi-portknock";

const config = new Config();
const privateKey = config.requireSecret("privateKey");
const proxy = { host: config.require("bastion"), privateKey };
const bastionSequence = new KnockSequence("bastion");
// A bastion can send TCP knocks only.
const hostSequence = new KnockSequence("inner", { protocols: ["tcp"] });
const door = [{ protocol: "tcp" as const, ports: [22] }];

const bastion = new PortKnock("bastion", {
  connection: proxy,
  sequence: bastionSequence.current,
  door,
});

const inner = new PortKnock(
  "inner",
  {
    connection: { host: config.require("host"), privateKey, proxy },
    sequence: hostSequence.current,
    door,
  },
  { dependsOn: bastion },
);

export const clientConfig = clientConfigOf([bastion, inner]);
