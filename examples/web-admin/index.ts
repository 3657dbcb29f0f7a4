import { Config } from "@pulumi/pulumi";
import { KnockSequence, PortKnock } from "pulumi-portknock";

const config = new Config();
const adminPort = config.requireNumber("adminPort");
const sequence = new KnockSequence("admin", { rotateEvery: "30d", exclude: [adminPort] });

const admin = new PortKnock("admin", {
  connection: { host: config.require("host"), privateKey: config.requireSecret("privateKey") },
  sequence: sequence.current,
  previous: sequence.previous,
  door: [{ protocol: "tcp", ports: [adminPort] }],
  // A browser opens several connections, some of them late: each one extends the grant.
  openForSeconds: 60,
  extend: true,
  // To whoever has not knocked it looks like a port where nothing listens.
  closedResponse: "reset",
});

export const { clientConfig } = admin;
