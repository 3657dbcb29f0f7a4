import { contains } from "../../policy/networks";
import { payloadOf } from "../../policy/payload";
import { includesPort } from "../../policy/ports";
import { sameStep } from "../../policy/sameStep";
import { TOKEN_BYTES } from "../../policy/tokens";
import type { Step } from "../../policy/types";
import type { Rule, Test } from "../ir";
import { hasEntered, isFree, isOn, type ListContents, takesOne } from "./memory";
import type { Packet } from "./packets";

/**
 * Whether a rule is about a packet. One that takes the source off a list is about sources on that list only. A rate is
 * taken from by what passes all else, whatever the order in which tests are written.
 */
export function matches({ tests, move }: Rule, sent: Packet, memory: ListContents): boolean {
  const isThere = move?.from === undefined || isOn(move.from, sent, memory);
  const isLimiting = ({ kind }: Test) => kind === "rate" || kind === "limit";
  return (
    isThere &&
    isFree(move?.to, sent, memory) &&
    tests.filter((test) => !isLimiting(test)).every((test) => isMatch(test, sent, memory)) &&
    tests.filter(isLimiting).every((test) => isMatch(test, sent, memory))
  );
}

function isMatch(test: Test, sent: Packet, memory: ListContents): boolean {
  const { packet, flow = "new", from } = sent;
  switch (test.kind) {
    case "knock":
      return sameStep(test.step, packet) || isAnyDatagram(test.step, packet);
    case "firstPorts":
      return (
        packet.protocol === test.protocol &&
        test.ports.includes(packet.port) &&
        (packet.protocol !== "tcp" || flow === "new")
      );
    case "tokenShape":
      return (
        packet.protocol === "udp" && packet.port === test.port && payloadOf(packet).length === TOKEN_BYTES
      );
    case "tokenDigit":
      return digitsOf(packet).startsWith(test.digit);
    case "token":
      return (
        Object.values(test.secrets).includes(digitsOf(packet).slice(test.name.length)) &&
        digitsOf(packet).startsWith(test.name)
      );
    case "service":
      return (
        packet.protocol !== "icmp" &&
        // What belongs to no flow has no port for which it was first sent.
        !(test.isOriginal && flow === "invalid") &&
        packet.protocol === test.protocol &&
        includesPort(test.ports, packet.port)
      );
    case "attempt":
      return packet.protocol === test.protocol && (packet.protocol !== "tcp" || flow === "new");
    case "notIcmp":
      return packet.protocol !== "icmp";
    case "until":
      return memory.startSeconds + sent.atSeconds < Date.parse(test.time) / 1000;
    case "between":
      return isBetween(memory.startSeconds + sent.atSeconds, test);
    case "flow":
      return flow === test.state;
    case "openSocket":
      // A connection older than connection tracking; what is sent here began under its eyes.
      return false;
    case "in":
      return hasEntered(test.list, test.seconds, test.hits ?? 1, sent, memory);
    case "source":
      return from !== undefined && contains([test.network], from);
    case "interface":
      return sent.interface === undefined || isNamed(test.name, sent.interface);
    case "loopback":
      return sent.interface === "lo";
    case "broadcast":
      return sent.isBroadcast === true;
    case "rate":
    case "limit":
      return takesOne(test, sent, memory);
  }
}

function isBetween(seconds: number, { from, until }: Extract<Test, { kind: "between" }>): boolean {
  return Date.parse(from) <= 1000 * seconds && 1000 * seconds < Date.parse(until);
}

function digitsOf(packet: Step): string {
  return Buffer.from(payloadOf(packet)).toString("hex");
}

/** A knock without a payload is every datagram to its port. */
function isAnyDatagram(step: Step, packet: Step): boolean {
  const isDatagram = step.protocol === "udp" && packet.protocol === "udp";
  return isDatagram && step.payload === undefined && step.port === packet.port;
}

/** A `+` at the end stands for any ending (iptables(8), --in-interface). */
function isNamed(pattern: string, name: string): boolean {
  return pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
