import { Config } from "@pulumi/pulumi";
import { clientConfigOf, PortKnock, parseSequence } from "pulumi-portknock";

const config = new Config();
const privateKey = config.requireSecret("privateKey");
const proxy = { host: config.require("bastion"), privateKey };
const door = [{ protocol: "tcp" as const, ports: [22] }];

const bastion = new PortKnock("bastion", {
  connection: proxy,
  sequence: config.requireSecret("bastionSequence").apply(parseSequence),
  door,
});

const inner = new PortKnock(
  "inner",
  {
    connection: { host: config.require("host"), privateKey, proxy },
    sequence: config.requireSecret("hostSequence").apply(parseSequence),
    door,
  },
  { dependsOn: bastion },
);

export const rules = { bastion: bastion.rules, inner: inner.rules };
export const clientConfig = clientConfigOf([bastion, inner]);
