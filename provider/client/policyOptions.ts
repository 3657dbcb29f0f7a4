import type { BackendName } from "../door/backend";

/** What commands about one policy share. */
export const policyArgument = { policy: { kind: "file", name: "POLICY.json" } } as const;

export const doorNameOption = {
  kind: "text",
  value: "NAME",
  about: "the name of the door. The names of its chains are made from it",
  default: "door",
} as const;

/** Which firewall's rules a command is about. */
export const backendOption = {
  kind: "choice",
  value: "BACKEND",
  about: "whose rules",
  choices: {
    iptables: "with the lists of xt_recent",
    nftables: "nft alone, in tables of its own",
  } satisfies Record<BackendName, string>,
  default: "iptables",
} as const;
