import { payloadOf } from "../../policy/payload";
import type { Step } from "../../policy/types";
import type { Exported } from "./format";
import { lastingSequenceOf } from "./sequence";

/**
 * The JSON that the Android app Knock on Ports imports, version 1 (its SequenceEntryDataV1 and SequenceStepDataV1). Its
 * reader of knockd.conf drops hosts and pings; this form has both.
 */
export function knockOnPorts(door: Exported): string {
  const entry = {
    name: door.name,
    host: door.host,
    delay: door.delayMs,
    ipv: "prefer_ipv4",
    // A ping's size is that of its payload, as `ping -s` has it.
    icmp_type: "without_headers",
    steps: lastingSequenceOf(door).map(stepOf),
  };
  return `${JSON.stringify({ version: 1, sequences: [entry] }, undefined, 2)}\n`;
}

function stepOf(step: Step): object {
  switch (step.protocol) {
    case "tcp":
      return { type: "tcp", port: step.port };
    case "udp":
      return {
        type: "udp",
        port: step.port,
        content: Buffer.from(payloadOf(step)).toString("hex"),
        encoding: "hex",
      };
    case "icmp":
      return { type: "icmp", icmp_size: step.payloadBytes, icmp_count: 1 };
  }
}
