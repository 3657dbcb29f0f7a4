import { Config } from "@pulumi/pulumi";
import { PortKnockFleet } from "pulumi-portknock";

const config = new Config();

const ssh = new PortKnockFleet("ssh", {
  hosts: {
    web: { connection: { host: "192.0.2.11" } },
    db: { connection: { host: "192.0.2.12" } },
    cache: { connection: { host: "192.0.2.13" } },
  },
  connection: { privateKey: config.requireSecret("privateKey") },
  sequence: { rotateEvery: "30d" },
  door: [{ protocol: "tcp", ports: [22] }],
  canary: 1,
});

export const clientConfig = ssh.clientConfig;
