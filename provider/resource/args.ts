import type { Input } from "@pulumi/pulumi";

/** May be left out, also by an output that turns out to be undefined. */
type Optional<Value> = Input<Value | undefined> | undefined;

/** How to log in over SSH. The fields of @pulumi/command's `remote.ProxyConnection`, with its defaults. */
export interface LoginArgs {
  /** Name or address; IPv6 without brackets. */
  host: Input<string>;
  /** Default 22. */
  port?: Optional<number>;
  /** Default "root". */
  user?: Optional<string>;
  /** The text of a private key, as OpenSSH or PEM. */
  privateKey?: Optional<string>;
  /** The passphrase of `privateKey`. */
  privateKeyPassword?: Optional<string>;
  /** For password and keyboard-interactive logins. */
  password?: Optional<string>;
  /** Socket of an ssh-agent. Default: SSH_AUTH_SOCK of the environment. */
  agentSocketPath?: Optional<string>;
  /**
   * The public key to expect, as in the host's .pub file. Default: what known_hosts has; else the key of the host
   * (not of a bastion) seen at create is recorded and required from then on.
   */
  hostKey?: Optional<string>;
  /** Whether a key may be trusted of which nothing is known. Default true. */
  acceptNewHostKey?: Optional<boolean>;
  /** Tries before the host counts as unreachable. Default 10. */
  dialErrorLimit?: Optional<number>;
  /** Seconds that one try may take. Default 15. */
  perDialTimeout?: Optional<number>;
}

/**
 * How to reach a host. The fields of @pulumi/command's `remote.Connection`, and what that lacks. The whole connection is
 * kept as a secret in the state. With no credential given, the ssh-agent is used, and no key is in the state at all.
 */
export interface ConnectionArgs extends LoginArgs {
  /** A bastion on the way. It can send TCP knocks only. */
  proxy?: Optional<LoginArgs>;
  /** Run the host's scripts through sudo. Default false. */
  sudo?: Optional<boolean>;
  /** sudo's password, sent on stdin. Default: sudo must not ask for one. */
  sudoPassword?: Optional<string>;
  /** The sequence that opens this host's SSH port, where a door of another stack guards it. */
  knock?: Optional<Input<StepArgs>[]>;
}

/** One knock. Two equal ones in a row are refused: a repeated packet does not count. */
export type StepArgs =
  | { protocol: Input<"tcp"> /** 1 to 65535 */; port: Input<number> }
  | {
      protocol: Input<"udp"> /** 1 to 65535 */;
      port: Input<number>;
      /**
       * What the datagram must carry, exactly: text (as UTF-8), or `hex:` followed by an even number of hexadecimal
       * digits; 1 to 36 bytes. Default: it may carry anything, and is sent empty.
       */
      payload?: Optional<string>;
    }
  | {
      protocol: Input<"icmp"> /** Bytes that the ping carries (`ping -s`), 0 to 1452. */;
      payloadBytes: Input<number>;
    };

/** Ports of one protocol: numbers, or inclusive ranges such as "8000-8010". */
export interface ServiceArgs {
  protocol: Input<"tcp" | "udp">;
  ports: Input<Input<number | string>[]>;
}

/** Traffic that is no knock attempt. */
export type IgnoredArgs = ServiceArgs | { protocol: Input<"icmp"> };

/** What a PortKnock is asked for. Every wrong field is reported at once, under its path, before any host is touched. */
export interface PortKnockArgs {
  connection: Input<ConnectionArgs>;
  /** The secret: 1 to 16 knocks, in order. */
  sequence: Input<Input<StepArgs>[]>;
  /** The ports that are closed to everyone who has not knocked. */
  door: Input<Input<ServiceArgs>[]>;
  /** Seconds for which a completed sequence opens the door to new connections, 1 to 86400. Default 5. */
  openForSeconds?: Optional<number>;
  /** Seconds within which each knock must follow the one before, 1 to 3600. Default 5. */
  stepTimeoutSeconds?: Optional<number>;
  /** Services whose traffic is not a knock attempt, so that using them does not spoil a sequence. Default none. */
  ignore?: Optional<Input<IgnoredArgs>[]>;
  /**
   * Seconds after which the host takes a change back unless a fresh connection confirmed it, 15 to 600. Default 60.
   */
  rollbackAfterSeconds?: Optional<number>;
  /**
   * Deleting a door whose host does not answer: an error ("fail"), or the door is forgotten ("abandon"). Default "fail".
   */
  onUnreachable?: Optional<"fail" | "abandon">;
}
