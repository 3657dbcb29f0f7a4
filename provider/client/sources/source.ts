import type { Derivation } from "../../derive/derivation";
import type { ClientDoor } from "../../policy/clientConfig";
import type { Sequence } from "../../policy/types";

/** The door that a command looks for. */
export interface Request {
  /** Names of the host: as typed, and as ssh's configuration resolves it. */
  readonly names: readonly string[];
  /** The TCP port to connect to, if the user named it. */
  readonly port: number | undefined;
  readonly sequence?: string | undefined;
  readonly policy?: string | undefined;
  readonly derivation?: string | undefined;
  readonly stack?: string | undefined;
}

/** What a source knows about a door. */
export interface Found {
  /** Missing for a door that has one-time tokens only. */
  readonly sequence?: Sequence | undefined;
  /** Sequences that the host may have instead: its clock may differ from ours, or an `up` may be overdue. */
  readonly others?: readonly Sequence[];
  /** What the sequence and the others are computed from, where they change with time. */
  readonly derivation?: Derivation;
  /** One-time tokens. They are used before the sequence. */
  readonly oneTime?: ClientDoor["oneTime"];
  /** The address to knock at, if the source has another name for the host. */
  readonly host?: string;
  /** A TCP port behind the door. */
  readonly tcpPort?: number | undefined;
  /** A grant allows one connection. */
  readonly singleUse?: boolean | undefined;
}

/** A place that may have the sequence of a host. */
export interface Source {
  readonly name: string;
  /**
   * What it knows about the door; undefined if it does not know the host.
   * @throws UsageError if it exists and cannot be used.
   */
  readonly find: (request: Request) => Found | undefined | Promise<Found | undefined>;
}
