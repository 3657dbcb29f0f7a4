import { Config } from "@pulumi/pulumi";
import { type Duration, type FleetHostArgs, PortKnockFleet } from "pulumi-portknock";

const config = new Config();

const ssh = new PortKnockFleet("ssh", {
  hosts: config.requireObject<Record<string, FleetHostArgs>>("hosts"),
  // No key, so that none is in the state: the ssh-agent has it. No host is trusted that is not pinned.
  connection: { acceptNewHostKey: false },
  sequence: {
    keepers: { rotation: config.require("rotation") },
    overlap: config.require<Duration>("overlap"),
  },
  door: [{ protocol: "tcp", ports: [22] }],
  // One host of each region first: what fails there reaches no other.
  canary: 1,
  // A host that is taken off the list when it is gone for good is let go.
  onUnreachable: "abandon",
});

export const { clientConfig } = ssh;
