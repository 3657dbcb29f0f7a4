import { Config } from "@pulumi/pulumi";
import { clientConfigOf, KnockSequence, PortKnock } from "pulumi-portknock";

const config = new Config();
const privateKey = config.requireSecret("privateKey");
const bastionSequence = new KnockSequence("bastion");
const toBastion = { host: config.require("bastion"), privateKey };
// A bastion can send TCP knocks only.
const hostSequence = new KnockSequence("inner", { protocols: ["tcp"] });
const door = [{ protocol: "tcp" as const, ports: [22] }];

const bastion = new PortKnock("bastion", {
  connection: toBastion,
  sequence: bastionSequence.current,
  door,
});

const inner = new PortKnock(
  "inner",
  {
    connection: {
      host: config.require("host"),
      privateKey,
      proxy: { ...toBastion, knock: bastionSequence.current },
    },
    sequence: hostSequence.current,
    door,
    // Time for a person to log in through the bastion after the knock.
    openForSeconds: 30,
  },
  { dependsOn: bastion },
);

export const clientConfig = clientConfigOf([bastion, inner]);
