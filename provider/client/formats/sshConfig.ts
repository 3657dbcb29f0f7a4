import type { Exported } from ".";

/** A block for ssh_config(5). The sequence stays where `portknock proxy` finds it: this file is often shared. */
export function sshConfig({ name, host, port }: Exported): string {
  return [
    `Host ${name}`,
    ...(host === name ? [] : [`  HostName ${host}`]),
    ...(port === 22 ? [] : [`  Port ${port}`]),
    "  ProxyCommand portknock proxy %h %p",
    "",
  ].join("\n");
}
