import { Config, RunError } from "@pulumi/pulumi";
import {
  type ConnectionArgs,
  clientConfigOf,
  KnockSequence,
  PortKnock,
  type PortKnockArgs,
} from "pulumi-portknock";

/** One entry of `hosts` in Pulumi.<stack>.yaml: what a connection and a door need, less the secrets. */
type Host = Pick<ConnectionArgs, "host" | "user" | "port" | "hostKey" | "sudo"> &
  Omit<PortKnockArgs, "connection" | "sequence">;

const config = new Config();
const privateKey = config.getSecret("privateKey")?.apply((key) => key || undefined);
const hosts = Object.entries(config.requireObject<Record<string, Host>>("hosts"));

const nameless = hosts.flatMap(([name, entry]) => (entry?.host ? [] : [name]));
if (hosts.length === 0 || nameless.length > 0) {
  const [name = "web"] = nameless;
  throw new RunError(
    `the configuration's \`hosts\` names no host${nameless.length > 0 ? ` under ${nameless.join(", ")}` : ""}: ` +
      `pulumi config set --path 'hosts.${name}.host' 192.0.2.11`,
  );
}

const doors = hosts.map(([name, entry]) => {
  const { host, user, port, hostKey, sudo, ...door } = entry;
  const { current, previous } = new KnockSequence(name, { rotateEvery: "30d" });
  const connection = { host, user, port, hostKey, sudo, privateKey };
  return new PortKnock(name, { ...door, connection, sequence: current, previous });
});

export const clientConfig = clientConfigOf(doors);
