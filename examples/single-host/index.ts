import { Config } from "@pulumi/pulumi";
import { PortKnock } from "pulumi-portknock";

const config = new Config();

const ssh = new PortKnock("ssh", {
  connection: { host: config.require("host"), privateKey: config.requireSecret("privateKey") },
  sequence: [
    { protocol: "tcp", port: config.requireSecretNumber("firstPort") },
    { protocol: "udp", port: 8000 },
    { protocol: "icmp", payloadBytes: 120 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
});

export const { rules, knockCommand } = ssh;
