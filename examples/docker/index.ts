import { Config } from "@pulumi/pulumi";
import { KnockSequence, PortKnock } from "pulumi-portknock";

const config = new Config();
const publishedPort = config.requireNumber("publishedPort");
const sequence = new KnockSequence("shop", { rotateEvery: "30d", exclude: [publishedPort] });

const shop = new PortKnock("shop", {
  connection: { host: config.require("host"), privateKey: config.requireSecret("privateKey") },
  // Published ports bypass INPUT. Every port of this policy is the one that the client sent to.
  chain: "DOCKER-USER",
  interface: config.require("interface"),
  sequence: sequence.current,
  previous: sequence.previous,
  door: [{ protocol: "tcp", ports: [publishedPort] }],
  openForSeconds: 30,
});

export const { clientConfig } = shop;
