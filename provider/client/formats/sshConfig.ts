import type { Exported } from "./format";
import { word } from "./word";

/** A block for ssh_config(5). It has no sequence, since this file is often shared: `portknock proxy` finds the sequence itself. */
export function sshConfig({ name, host, port, command }: Exported): string {
  return [
    `Host ${word(name)}`,
    // The zone of an IPv6 address begins with `%`, which begins a token there (ssh_config(5), TOKENS).
    ...(host === name ? [] : [`  HostName ${word(host).replaceAll("%", "%%")}`]),
    ...(port === 22 ? [] : [`  Port ${port}`]),
    `  ProxyCommand ${command.replaceAll("%", "%%")} proxy %h %p`,
    "",
  ].join("\n");
}
