import { readFileSync } from "node:fs";
import { remote } from "@pulumi/command";

const { hosts, privateKey, load, rules } = JSON.parse(readFileSync("hosts.json", "utf8")) as {
  hosts: string[];
  privateKey: string;
  load: string;
  rules: string;
};

for (const host of hosts) {
  new remote.Command(host, { connection: { host, privateKey }, create: load, stdin: rules });
}
