import { parseNetwork } from "../../policy/networks";
import type { Family } from "../../policy/types";
import type { Observed } from "../backend";
import { hex } from "./knock";
import { tableOf } from "./names";

/** Reads `nft list ruleset` or `nft list table`, of any release, as lines that add the same objects one by one. */
export function readListing(text: string): Required<Observed> {
  const lines = { ipv4: [] as string[], ipv6: [] as string[] };
  let family: Family | undefined;
  let block: Block | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const [, version] = /^table (ip|ip6) portknock \{/.exec(line) ?? [];
    const [, kind, name] = /^(chain|set|map|quota) (\S+) \{/.exec(line) ?? [];
    if (version !== undefined) family = version === "ip" ? "ipv4" : "ipv6";
    else if (family !== undefined && isBlock(kind) && name !== undefined) block = { kind, name, parts: [] };
    else if (line === "}" && block !== undefined && family !== undefined) {
      lines[family].push(...linesOf(block, family));
      block = undefined;
    } else if (line === "}") family = undefined;
    else if (block !== undefined && line !== "") block.parts.push(line);
  }
  return lines;
}

interface Block {
  readonly kind: "chain" | "set" | "map" | "quota";
  readonly name: string;
  readonly parts: string[];
}

function isBlock(kind: string | undefined): kind is Block["kind"] {
  return kind === "chain" || kind === "set" || kind === "map" || kind === "quota";
}

function linesOf({ kind, name, parts }: Block, family: Family): string[] {
  const add = (object: string) => `add ${object} ${tableOf(family)} ${name}`;
  if (kind === "quota") return [`${add(kind)} { ${parts.join(" ")} }`];
  if (kind === "chain") {
    const [type] = parts.filter((part) => part.startsWith("type filter hook"));
    const rules = parts.filter((part) => part !== type);
    return [
      type === undefined ? add(kind) : `${add(kind)} { ${type} }`,
      ...rules.map((rule) => `${add("rule")} ${rule}`),
    ];
  }
  // The elements of one set may go over several lines.
  const [, head = "", elements = ""] = /^(.*?)(?:elements = \{ (.*) \})?$/.exec(parts.join(" ")) ?? [];
  const options = head
    .trim()
    .split(/ (?=size|flags|timeout|gc-interval)/)
    .map((option) => `${option}; `);
  return [
    `${add(kind)} { ${options.join("")}}`,
    ...(elements === "" ? [] : elements.split(/,\s+/)).map((one) => `${add("element")} { ${one.trim()} }`),
  ];
}

/** A line without what each packet changes, and in one of the forms in which releases of nft list it: that of render.ts. */
export function normalForm(line: string): string {
  return outsideQuotes(line.replace(/meta time (>=|<) "([^"]+)"/g, inSeconds), (text) =>
    text
      .replace(/ # handle \d+/g, "")
      .replace(/\bcounter packets \d+ bytes \d+/g, "counter")
      .replace(/\b(\d+) bytes used \d+ bytes/g, "$1 bytes")
      .replace(
        /\btcp flags (!= )?syn \/ fin,syn,rst,ack/g,
        (_, not) => `tcp flags & (fin|syn|rst|ack) ${not ? "!=" : "=="} syn`,
      )
      .replaceAll("(fin | syn | rst | ack)", "(fin|syn|rst|ack)")
      .replaceAll(" == @", " @")
      .replace(/\btimeout ([0-9dhms]+)/g, (_, time: string) => `timeout ${durationSeconds(time)}s`)
      .replace(/(limit rate \d+\/minute)(?! burst)/g, "$1 burst 5 packets")
      .replace(/0x([0-9a-f]+) \[invalid type\]/g, (_, digits: string) => String(Number.parseInt(digits, 16)))
      .replace(/(@th,\d+,\d+(?: & (?:0xf0|240) ==)?) (0x[0-9a-f]+|\d+)/g, bytesInHex)
      .replace(/(?<=ip6 saddr )[0-9a-f:.]+(?:\/\d+)?/g, sameNetwork),
  );
}

function outsideQuotes(line: string, change: (text: string) => string): string {
  return line
    .split(/("[^"]*")/)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join("");
}

/** Listed in the time zone of whoever asks: on hosts that is UTC. */
function inSeconds(_: string, than: string, time: string): string {
  return `meta time ${than} ${Date.parse(`${time.replace(" ", "T")}Z`) / 1000}`;
}

function bytesInHex(_: string, test: string, number: string): string {
  return `${test.replace("& 240 ==", "& 0xf0 ==")} ${hex(BigInt(number).toString(16))}`;
}

function sameNetwork(text: string): string {
  const network = parseNetwork(text);
  if (network === undefined) return text;
  return text.includes("/") ? `${network.address}/${network.bits}` : network.address;
}

const UNITS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** `1m30s`. */
export function durationSeconds(text: string): number {
  const parts = text.matchAll(/(\d+)(ms|[dhms])/g);
  return [...parts].reduce(
    (sum, [, count, unit = "s"]) =>
      sum + Number(count) * (unit === "ms" ? 0.001 : UNITS[unit as keyof typeof UNITS]),
    0,
  );
}
