import { Config } from "@pulumi/pulumi";
import { PortKnock, parseSequence } from "pulumi-portknock";

const config = new Config();

const admin = new PortKnock("admin", {
  connection: { host: config.require("host"), privateKey: config.requireSecret("privateKey") },
  sequence: config.requireSecret("sequence").apply(parseSequence),
  door: [{ protocol: "tcp", ports: [config.requireNumber("adminPort")] }],
  // A browser opens several connections, some of them late: each one extends the grant.
  openForSeconds: 60,
  extend: true,
  // It looks like a port where nothing listens, to whoever has not knocked.
  closedResponse: "reset",
});

export const { rules, clientConfig } = admin;
