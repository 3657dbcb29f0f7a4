import type { Input } from "@pulumi/pulumi";
import type { Optional, SequenceArgs } from "./stepArgs";

/** How to log in over SSH. The fields of @pulumi/command's `remote.ProxyConnection`, with its defaults, and `knock`. */
export interface LoginArgs {
  /** Name or address; IPv6 without brackets. */
  host: Input<string>;
  /** Default 22. */
  port?: Optional<number>;
  /** Default "root". */
  user?: Optional<string>;
  /** The text of a private key: OpenSSH's format, or PEM (PKCS#8, PKCS#1, SEC 1), encrypted or not. */
  privateKey?: Optional<string>;
  /** The passphrase of `privateKey`. */
  privateKeyPassword?: Optional<string>;
  /** For password and keyboard-interactive logins. */
  password?: Optional<string>;
  /** Socket of an ssh-agent. Default, without `privateKey` and `password`: SSH_AUTH_SOCK of the environment. */
  agentSocketPath?: Optional<string>;
  /**
   * The public key to expect, as in the host's .pub file. Default: what known_hosts has; else the key seen at create is
   * recorded and required from then on (a bastion's in the output `proxyHostKey`).
   */
  hostKey?: Optional<string>;
  /** Whether to trust the key of a host that is not known yet. Default true. */
  acceptNewHostKey?: Optional<boolean>;
  /**
   * Tries before the host counts as unreachable. Default 10. A port that refuses connections from the first try on is tried
   * 4 times, unless this is more than 10.
   */
  dialErrorLimit?: Optional<number>;
  /** Seconds that one try may take. Default 15. */
  perDialTimeout?: Optional<number>;
  /**
   * The sequence that opens the SSH port there, if a door guards it. A bastion's door may be one of this stack: without this, the
   * state remembers the sequence of the host's last change.
   */
  knock?: Optional<SequenceArgs>;
}

/**
 * How to reach a host. The fields of @pulumi/command's `remote.Connection`, and some more. The state keeps the whole connection
 * as a secret. With no credential given, the ssh-agent logs in, and the state has no key at all.
 */
export interface ConnectionArgs extends LoginArgs {
  /** A bastion on the way. It can send TCP knocks only. */
  proxy?: Optional<LoginArgs>;
  /** Run the host's scripts through sudo. Default false. */
  sudo?: Optional<boolean>;
  /** sudo's password, sent on stdin. Default: sudo must not ask for one. */
  sudoPassword?: Optional<string>;
  /** The sequence that opens this host's SSH port, if a door of another stack guards it. */
  knock?: Optional<SequenceArgs>;
  /**
   * Whether to take what is not given here from ~/.ssh/config, if a Host line there names `host` (or that of `proxy`) by more
   * than `*`: HostName, Port, User, IdentityFile and ProxyJump. The output `fromSshConfig` shows it. Default true.
   */
  sshConfig?: Optional<boolean>;
}
