import type { Failure } from "../../policy/conflicts";
import type { Policy } from "../../policy/types";

/** What nftables cannot do, as failures of `check`. */
export function unsupported({ chain, interface: name }: Partial<Policy>): Failure[] {
  return [
    ...(chain === "DOCKER-USER"
      ? [
          {
            property: "chain",
            reason:
              'must be "FORWARD" with nftables, which has no DOCKER-USER: the door stands in the hook forward, before the rules of Docker, whichever firewall Docker writes them for',
          },
        ]
      : []),
    ...(name === "+"
      ? [
          {
            property: "interface",
            reason: "must not be `+` alone with nftables: leave it out for every interface",
          },
        ]
      : []),
  ];
}
