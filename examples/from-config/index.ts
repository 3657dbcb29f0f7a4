import { Config } from "@pulumi/pulumi";
import { type ConnectionArgs, PortKnock, type PortKnockArgs, parseSequence } from "pulumi-portknock";

/** One entry of `hosts` in Pulumi.<stack>.yaml: what a connection and a door need, less the secrets. */
type Host = Pick<ConnectionArgs, "host" | "user" | "port" | "hostKey" | "sudo"> &
  Omit<PortKnockArgs, "connection" | "sequence">;

const config = new Config();
const privateKey = config.getSecret("privateKey")?.apply((key) => key || undefined);
const sequences = config.requireSecretObject<Record<string, string>>("sequences");

export const rules = Object.fromEntries(
  Object.entries(config.requireObject<Record<string, Host>>("hosts")).map(([name, entry]) => {
    const { host, user, port, hostKey, sudo, ...door } = entry;
    const connection = { host, user, port, hostKey, sudo, privateKey };
    const sequence = sequences.apply((texts) => parseSequence(texts[name] ?? ""));
    return [name, new PortKnock(name, { ...door, connection, sequence }).rules];
  }),
);
