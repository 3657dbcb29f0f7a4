import type { Format } from "./format";
import { knockd } from "./knockd";
import { mermaid } from "./mermaid";
import { shell } from "./shell";
import { sshConfig } from "./sshConfig";

export const formats = { knockd, "ssh-config": sshConfig, shell, mermaid } satisfies Record<string, Format>;
