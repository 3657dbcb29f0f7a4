import { Config } from "@pulumi/pulumi";
import { type FleetHostArgs, PortKnockFleet } from "pulumi-portknock";

const config = new Config();

const ssh = new PortKnockFleet("ssh", {
  hosts: config.requireObject<Record<string, FleetHostArgs>>("hosts"),
  // No key, so that none is in the state: the ssh-agent has it. No host is trusted that is not pinned.
  connection: { acceptNewHostKey: false },
  sequence: { keepers: { rotation: config.require("rotation") }, overlap: config.require("overlap") },
  door: [{ protocol: "tcp", ports: [22] }],
  // One host of each region first: what fails there reaches no other.
  canary: 1,
});

export const { clientConfig } = ssh;
