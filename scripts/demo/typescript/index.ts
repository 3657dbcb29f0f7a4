import { Config } from "@pulumi/pulumi";
import { PortKnock } from "pulumi-portknock";

const config = new Config();

new PortKnock("h1", {
  connection: { host: config.require("host"), privateKey: config.requireSecret("privateKey") },
  sequence: config.requireSecret("sequence"),
  backend: config.require<"auto" | "iptables" | "nftables">("backend"),
  door: [{ protocol: "tcp", ports: [22] }],
});
