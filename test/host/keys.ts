import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The passphrase of each encrypted key here. */
export const PASSPHRASE = "a passphrase";

/** A private key as a tool made it, and the public half as that tool says it: in PEM, or as in a .pub file. */
export interface Made {
  readonly text: string;
  readonly publicHalf: string;
}

/** Runs commands of a shell in an empty folder. They leave the key in `key`, and its public half in `key.pub`. */
export function make(commands: string): Made {
  const folder = mkdtempSync(join(tmpdir(), "portknock-keys."));
  try {
    execFileSync("sh", ["-ec", commands], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    const [text, publicHalf] = ["key", "key.pub"].map((name) => readFileSync(join(folder, name), "utf8"));
    return { text: text ?? "", publicHalf: publicHalf ?? "" };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PKEY = {
  RSA: "rsa -pkeyopt rsa_keygen_bits:2048",
  "EC P-256": "ec -pkeyopt ec_paramgen_curve:P-256",
  "EC P-384": "ec -pkeyopt ec_paramgen_curve:P-384",
  "EC P-521": "ec -pkeyopt ec_paramgen_curve:P-521",
  Ed25519: "ed25519",
};

const PUBLIC = `openssl pkey -in key -passin 'pass:${PASSPHRASE}' -pubout -out key.pub`;
const PASS = `-passout 'pass:${PASSPHRASE}'`;

/** By what made them: the commands, and whether the key is encrypted. */
const WAYS: Readonly<Record<string, readonly [commands: string, isEncrypted?: true]>> = {
  ...Object.fromEntries(
    Object.entries(PKEY).flatMap(([type, options]) => [
      [`${type}, PKCS#8`, [`openssl genpkey -algorithm ${options} -out key; ${PUBLIC}`]],
      ...["aes-256-cbc", "aes-128-cbc", "des-ede3-cbc"].map((cipher) => [
        `${type}, PKCS#8, ${cipher}`,
        [
          `openssl genpkey -algorithm ${options} | openssl pkcs8 -topk8 -v2 ${cipher} ${PASS} -out key; ${PUBLIC}`,
          true,
        ],
      ]),
    ]),
  ),
  "RSA, PKCS#8, scrypt": [
    `openssl genpkey -algorithm rsa -out k; openssl pkcs8 -topk8 -scrypt -in k -out key ${PASS}; ${PUBLIC}`,
    true,
  ],
  "EC P-256, by the numbers of its curve": [
    `openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout -out key; ${PUBLIC.replace("-pubout", "-pubout -ec_param_enc named_curve")}`,
  ],
  "RSA, PKCS#8, 3DES of PKCS#12": [
    `openssl genpkey -algorithm rsa | openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES ${PASS} -out key; ${PUBLIC}`,
    true,
  ],
  "RSA, PKCS#1": [`openssl genrsa -traditional -out key 2048; ${PUBLIC}`],
  "RSA, PKCS#1, aes128": [`openssl genrsa -traditional -aes128 ${PASS} -out key 2048; ${PUBLIC}`, true],
  "RSA, PKCS#1, des3": [`openssl genrsa -traditional -des3 ${PASS} -out key 2048; ${PUBLIC}`, true],
  ...Object.fromEntries(
    ["prime256v1", "secp384r1", "secp521r1"].flatMap((curve) => [
      [
        `EC ${curve}, SEC 1 after its parameters`,
        [`openssl ecparam -name ${curve} -genkey -out key; ${PUBLIC}`],
      ],
      [
        `EC ${curve}, SEC 1, aes256`,
        [`openssl ecparam -name ${curve} -genkey | openssl ec -aes256 ${PASS} -out key; ${PUBLIC}`, true],
      ],
    ]),
  ),
  ...Object.fromEntries(
    ["rsa -b 2048", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "ed25519"].flatMap((type) => [
      [`ssh-keygen -t ${type}`, [`ssh-keygen -q -t ${type} -N '' -f key`]],
      ...["aes256-ctr", "aes128-cbc", "aes256-gcm@openssh.com"].map((cipher) => [
        `ssh-keygen -t ${type} -Z ${cipher}`,
        [`ssh-keygen -q -a 4 -t ${type} -Z ${cipher} -N '${PASSPHRASE}' -f key`, true],
      ]),
    ]),
  ),
  ...Object.fromEntries(
    ["rsa -b 2048", "ecdsa -b 256", "ecdsa -b 521"].flatMap((type) =>
      ["PEM", "PKCS8"].flatMap((form) => [
        [`ssh-keygen -t ${type} -m ${form}`, [`ssh-keygen -q -t ${type} -m ${form} -N '' -f key`]],
        [
          `ssh-keygen -t ${type} -m ${form} -N`,
          [`ssh-keygen -q -t ${type} -m ${form} -N '${PASSPHRASE}' -f key`, true],
        ],
      ]),
    ),
  ),
};

/** Every form in which people have private keys. */
export const forms = Object.entries(WAYS).map(([name, [commands, isEncrypted = false]]) => ({
  name,
  commands,
  isEncrypted,
}));
