import { payloadOf } from "../../policy/payload";
import { UsageError } from "../usageError";
import type { Exported } from "./format";
import { lastingSequenceOf } from "./sequence";
import { word } from "./word";

/**
 * A knockd.conf (knockd(1)): the door as that daemon would guard it. It counts only SYNs (`tcpflags`), as our rules do.
 */
export function knockd(door: Exported): string {
  const { name, host, port } = door;
  const sequence = lastingSequenceOf(door);
  const steps = sequence.map((step, index) => {
    const place = `step ${index + 1} is one`;
    if (step.protocol === "icmp") throw new UsageError(`knockd has no ICMP knocks, and ${place}`);
    if (payloadOf(step).length > 0) throw new UsageError(`knockd has no payloads, and ${place} with one`);
    return `${step.port}:${step.protocol}`;
  });
  const rule = `INPUT -s %IP% -p tcp --dport ${port} -j ACCEPT`;
  return `# ${word(name)}: knock ${word(host)} ${sequence.length} times, then connect to tcp/${port}
[options]
	UseSyslog

[door]
	sequence      = ${steps.join(",")}
	seq_timeout   = 5
	tcpflags      = syn
	start_command = /usr/sbin/iptables -I ${rule}
	cmd_timeout   = 5
	stop_command  = /usr/sbin/iptables -D ${rule}
`;
}
