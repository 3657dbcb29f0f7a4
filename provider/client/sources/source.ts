import type { ClientDoor } from "../../policy/clientConfig";
import type { Sequence } from "../../policy/types";

/** What a command was asked for. */
export interface Request {
  /** What the host is called: as typed, and what ssh's configuration makes of it. */
  readonly names: readonly string[];
  /** The TCP port to get to, where the user said it. */
  readonly port: number | undefined;
  readonly sequence?: string | undefined;
  readonly policy?: string | undefined;
  readonly derivation?: string | undefined;
  readonly stack?: string | undefined;
}

/** How to knock at a host. */
export interface Found {
  /** Missing where a door has tokens alone. */
  readonly sequence?: Sequence | undefined;
  /** What the host may have in its place, where its and this machine's clocks, or an overdue `up`, make that differ. */
  readonly others?: readonly Sequence[];
  /** Tokens, which go first: each opens the door once. */
  readonly oneTime?: ClientDoor["oneTime"];
  /** The address to knock at, where the source has another name for the host. */
  readonly host?: string;
  /** A TCP port behind the door. */
  readonly tcpPort?: number | undefined;
  /** A grant lets one connection in. */
  readonly singleUse?: boolean | undefined;
}

/** A place where a sequence may stand. */
export interface Source {
  readonly name: string;
  /**
   * What it says of the host; undefined where it says nothing.
   * @throws UsageError where it is there and cannot be used.
   */
  readonly find: (request: Request) => Found | undefined | Promise<Found | undefined>;
}
