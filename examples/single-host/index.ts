import { Config } from "@pulumi/pulumi";
import { KnockSequence, PortKnock } from "pulumi-portknock";

const config = new Config();
const sequence = new KnockSequence("ssh", { rotateEvery: "30d" });

const ssh = new PortKnock("ssh", {
  connection: { host: config.require("host"), privateKey: config.requireSecret("privateKey") },
  sequence: sequence.current,
  previous: sequence.previous,
  door: [{ protocol: "tcp", ports: [22] }],
});

export const { clientConfig, knockCommand } = ssh;
