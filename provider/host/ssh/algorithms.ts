import type { Algorithms } from "ssh2";

/**
 * The algorithms that we offer, the preferred ones first: OpenSSH's defaults (ssh_config(5), KexAlgorithms, Ciphers, MACs) as
 * far as ssh2 supports them. The sshd of Debian 11 and RHEL 9 supports most of them, also in FIPS mode. No SHA-1, no CBC, no
 * 3DES.
 */
export const ALGORITHMS: Algorithms = {
  // No group exchange: the host would choose the prime, and OpenSSL tests it. Testing 2^4423 - 1 takes 6 s, during which the
  // process serves no other host.
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
  // A few bytes on the wire could expand to gigabytes here. And when a compressed connection breaks off, ssh2 1.17 throws an
  // error that cannot be caught (lib/protocol/zlib.js, "Invalid Zlib instance").
  compress: ["none"],
};
