import { generateKeyPairSync } from "node:crypto";

/** A private key that no host knows. */
export const PRIVATE_KEY = generateKeyPairSync("ed25519")
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

/** Inputs of a resource as Pulumi hands them to `check`; each test changes what it is about. */
export const inputs = {
  __provider: "serialized",
  owner: "acme/web/prod/ssh",
  connection: { host: "192.0.2.11", privateKey: PRIVATE_KEY },
  sequence: [
    { protocol: "tcp", port: 17001 },
    { protocol: "udp", port: 18001 },
    { protocol: "icmp", payloadBytes: 1201 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
} as const;

export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
