import { payloadOf } from "../policy/payload";
import type { Step } from "../policy/types";

/**
 * The 100 ports of each protocol that are open most often, most common first: the ports that `nmap -F` scans. By the
 * frequencies in nmap-services of nmap 7.93, a survey of the whole Internet.
 */
export const COMMON_PORTS: Readonly<Record<"tcp" | "udp", readonly number[]>> = {
  tcp: [
    80, 23, 443, 21, 22, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993, 5900, 1025,
    587, 8888, 199, 1720, 465, 548, 113, 81, 6001, 10000, 514, 5060, 179, 1026, 2000, 8443, 8000, 32768, 554,
    26, 1433, 49152, 2001, 515, 8008, 49154, 1027, 5666, 646, 5000, 5631, 631, 49153, 8081, 2049, 88, 79,
    5800, 106, 2121, 1110, 49155, 6000, 513, 990, 5357, 427, 49156, 543, 544, 5101, 144, 7, 389, 8009, 3128,
    444, 9999, 5009, 7070, 5190, 3000, 5432, 3986, 1900, 13, 1029, 9, 6646, 5051, 49157, 1028, 873, 1755,
    2717, 4899, 9100, 119, 37,
  ],
  udp: [
    631, 161, 137, 123, 138, 1434, 445, 135, 67, 53, 139, 500, 68, 520, 1900, 4500, 514, 49152, 162, 69, 5353,
    111, 49154, 1701, 998, 996, 997, 999, 3283, 49153, 1812, 136, 2222, 2049, 32768, 5060, 1025, 1433, 3456,
    80, 20031, 1026, 7, 1646, 1645, 593, 518, 2048, 626, 1027, 177, 1719, 427, 497, 4444, 1023, 65024, 19, 9,
    49193, 1029, 49, 88, 1028, 17185, 1718, 49186, 2000, 31337, 49201, 49192, 515, 2223, 443, 49181, 1813,
    120, 158, 49200, 3703, 32815, 17, 5000, 32771, 33281, 1030, 623, 1022, 32769, 5632, 10000, 49194, 49191,
    49182, 49156, 9200, 30718, 49211, 49190, 49188,
  ],
};

/**
 * Ports of services that are newer than that survey and that scanners look for: SSH's second port, Docker, Kubernetes,
 * MQTT, Redis, Elasticsearch, Kafka, memcached, MongoDB; WireGuard, QUIC.
 */
const OURS: Readonly<Record<"tcp" | "udp", readonly number[]>> = {
  tcp: [2222, 2375, 2376, 6443, 10250, 1883, 6379, 9200, 9092, 11211, 27017],
  udp: [51820, 443],
};

/** Default payload sizes of a ping: 0 nmap and masscan, 32 Windows, 56 Linux and BSD (ping(8), `-s`). */
const PING_SIZES: readonly number[] = [0, 32, 56];

/** Whether scanners or ordinary programs send this knock by default. They never send a chosen payload. */
export function isCommon(step: Step): boolean {
  if (payloadOf(step).length > 0) return false;
  if (step.protocol === "icmp") return PING_SIZES.includes(step.payloadBytes);
  return [...COMMON_PORTS[step.protocol], ...OURS[step.protocol]].includes(step.port);
}
