import type { Algorithms } from "ssh2";

/**
 * What is offered to a host, most wanted first: of what OpenSSH offers by itself (ssh_config(5), KexAlgorithms, Ciphers,
 * MACs), all that ssh2 has; the sshd of Debian 11 and RHEL 9 speak most of it, also in FIPS mode. No SHA-1, no CBC, no 3DES.
 */
export const ALGORITHMS: Algorithms = {
  // No group exchange: the host would choose the prime, and OpenSSL tests it. 2^4423 - 1 takes it 6 s, in which no other
  // host is heard.
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256",
  ],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
  ],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  // A few bytes on the wire would become gigabytes here; and ssh2 1.17 throws where nobody catches it when a connection that
  // has it breaks off (lib/protocol/zlib.js, "Invalid Zlib instance").
  compress: ["none"],
};
