/**
 * Ports above the system ports (RFC 6335, section 6: 0 to 1023) that version 1 of the derivation never draws: the
 * ones that nmap 7.93's survey saw open most often, TCP and UDP together, and those of newer services (Docker,
 * Kubernetes, MQTT, Redis, Elasticsearch, Kafka, memcached, MongoDB, WireGuard). Frozen, unlike the linter's own
 * lists: another port here would change the sequences that clients compute offline.
 */
export const WELL_KNOWN_PORTS: readonly number[] = [
  1025, 1026, 1027, 1028, 1029, 1030, 1110, 1433, 1434, 1645, 1646, 1701, 1718, 1719, 1720, 1723, 1755, 1812,
  1813, 1883, 1900, 2000, 2001, 2048, 2049, 2121, 2222, 2223, 2375, 2376, 2717, 3000, 3128, 3283, 3306, 3389,
  3456, 3703, 3986, 4444, 4500, 4899, 5000, 5009, 5051, 5060, 5101, 5190, 5353, 5357, 5432, 5631, 5632, 5666,
  5800, 5900, 6000, 6001, 6379, 6443, 6646, 7070, 8000, 8008, 8009, 8080, 8081, 8443, 8888, 9092, 9100, 9200,
  9999, 10000, 10250, 11211, 17185, 20031, 27017, 30718, 31337, 32768, 32769, 32771, 32815, 33281, 49152,
  49153, 49154, 49155, 49156, 49157, 49181, 49182, 49186, 49188, 49190, 49191, 49192, 49193, 49194, 49200,
  49201, 49211, 51820, 65024,
];
