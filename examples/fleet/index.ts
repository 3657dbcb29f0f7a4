import { Config } from "@pulumi/pulumi";
import { type FleetHostArgs, PortKnockFleet } from "pulumi-portknock";

const config = new Config();
const canary = config.requireObject<string[]>("canary");

const fleet = new PortKnockFleet("edge", {
  hosts: config.requireObject<Record<string, FleetHostArgs>>("hosts"),
  connection: { privateKey: config.requireSecret("privateKey") },
  door: [{ protocol: "tcp", ports: [22] }],
  sequence: { rotateEvery: "30d" },
  canary: canary.length > 0 ? canary : 1,
});

export const { clientConfig } = fleet;
