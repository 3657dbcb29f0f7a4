import type { Format } from "./format";
import { knockd } from "./knockd";
import { knockOnPorts } from "./knockOnPorts";
import { mermaid } from "./mermaid";
import { shell } from "./shell";
import { sshConfig } from "./sshConfig";

export const formats = {
  "ssh-config": sshConfig,
  shell,
  knockonports: knockOnPorts,
  knockd,
  mermaid,
} satisfies Record<string, Format>;
