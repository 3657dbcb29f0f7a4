import { PortKnockError } from "../errors";
import { ownerText } from "../rules/identity";
import { aliasLine, urnOf } from "./urn";

/** Adds the remedy for a host that is gone for good, to an error of refresh or delete where the host does not answer. */
export function withWayOut(error: unknown, owner: string): unknown {
  if (!(error instanceof PortKnockError) || error.code !== "unreachable") return error;
  const urn = urnOf(owner);
  const forget =
    urn === undefined
      ? "`pulumi state delete` with its URN, which `pulumi stack --show-urns` shows"
      : `\`pulumi state delete '${urn}'\``;
  return withRemedy(
    error,
    `If the host is gone for good: set onUnreachable: "abandon" on this door and run \`pulumi up\` without --refresh, which then needs no host; after that, take the door out of the program, or run \`pulumi destroy\`. A new connection.host may be given in the same \`pulumi up\`. As the last resort, ${forget} forgets the door.`,
  );
}

/** Adds the remedy for a renamed door, to an error about a port that another door has. */
export function withAlias(error: unknown, owner: string): unknown {
  if (!(error instanceof PortKnockError) || error.code !== "conflict") return error;
  const [, other] = / belongs to the door (\S+)$/.exec(error.reason) ?? [];
  if (other === undefined || other === ownerText(owner)) return error;
  const line = aliasLine(owner, other);
  return withRemedy(
    error,
    line === undefined
      ? "a port of a host can have one door, and that one is of another stack: remove it there first, or take another port."
      : `if this is that door under another name or parent, tell Pulumi so: \`${line}\`. If the program is to remove that door, do so in a \`pulumi up\` of its own first: Pulumi deletes last. A port of a host can have one door.`,
  );
}

function withRemedy(error: PortKnockError, more: string): PortKnockError {
  const { remedy } = error.details;
  return new PortKnockError(error.code, error.reason, {
    ...error.details,
    remedy: remedy === undefined ? more : `${remedy} ${more}`,
  });
}
