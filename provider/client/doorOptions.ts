import { limits } from "../policy/limits";
import type { Values } from "./command/option";

/** The options of every command that knocks. */
export const doorOptions = {
  sequence: {
    kind: "text",
    value: "TEXT",
    about: "the knocks: tcp/PORT, udp/PORT and icmp/BYTES, separated by commas",
  },
  policy: { kind: "file", value: "FILE", about: "a policy as JSON, as `portknock render` takes it" },
  derivation: {
    kind: "file",
    value: "FILE",
    about: "the output `derivation` of a KnockSequence (mode 0600): the present sequence is computed from it",
  },
  stack: {
    kind: "text",
    value: "NAME",
    about: "a Pulumi stack: the doors in its outputs, by `pulumi stack output --show-secrets`",
  },
  delay: {
    kind: "number",
    value: "MS",
    about: "milliseconds between two packets",
    unit: "milliseconds",
    range: limits.delayMs,
    default: limits.delayMs.default,
  },
  timeout: {
    kind: "number",
    value: "SECONDS",
    about: "seconds after which the door counts as shut",
    unit: "seconds",
    range: limits.timeoutSeconds,
    default: limits.timeoutSeconds.default,
  },
  ipv4: {
    kind: "switch",
    short: "4",
    about: "only over IPv4",
    excludes: { ipv6: "without either, both are tried" },
  },
  ipv6: { kind: "switch", short: "6", about: "only over IPv6" },
} as const;

export type DoorValues = Values<typeof doorOptions>;

/** What concerns several of these options. */
export const doorNotes = [
  "The sequence comes from the first of these that knows the host: --sequence, --policy, --derivation, $PORTKNOCK_SEQUENCE, ~/.config/portknock/config.json (mode 0600), --stack.",
  "One-time tokens of a door are used before its sequence. Each is marked as used in ~/.config/portknock/used-tokens.",
] as const;
