import { createPrivateKey, type KeyObject } from "node:crypto";
import { memoize } from "../../util/memoize";
import { mistakeIn } from "./keyMistakes";
import { decodeOpenSsh, encodeEd25519, type Opened } from "./opensshKey";

/** Why a private key is unusable, and which field to change. Contains no part of the key. */
export interface KeyProblem {
  readonly field: "privateKey" | "privateKeyPassword";
  readonly reason: string;
}

/** How many keys a process keeps. Many hosts share one, and decrypting it takes up to a second. */
export const KEPT_KEYS = 64;

/**
 * The text of a private key as ssh2 reads it, not encrypted, or what is wrong with it. Takes PKCS#8 (RFC 5958), PKCS#1
 * (RFC 8017) and SEC 1 (RFC 5915), encrypted or not, OpenSSH's own format, and RSA keys of PuTTY's format 2.
 */
export const readPrivateKey: (text: string, passphrase: string | undefined) => string | KeyProblem = memoize(
  KEPT_KEYS,
  convert,
);

/** The first private key in a text: OpenSSL writes parameters, names and certificates around it. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]*?) ?PRIVATE KEY-----\n([\s\S]+?)\n-----END \1 ?PRIVATE KEY-----/;

function convert(text: string, passphrase: string | undefined): string | KeyProblem {
  const given = text
    .replace(/^\uFEFF/, "")
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "");
  // In a PuTTY key, spaces at the ends of lines count.
  const isPutty = given[0] === "PuTTY-User-Key-File-2: ssh-rsa";
  if (isPutty) return resultOf(decodeOpenSsh(given.join("\n"), passphrase));
  const lines = given.map((line) => line.trim()).join("\n");
  const [, form, body] = BLOCK.exec(lines) ?? [];
  if (form === undefined || body === undefined) return wrong(mistakeIn(lines));
  if (form === "OPENSSH") return resultOf(decodeOpenSsh(pem(form, body), passphrase));
  return ["", "ENCRYPTED", "RSA", "EC", "DSA"].includes(form)
    ? resultOf(decodePem(pem(form, body), passphrase))
    : wrong(mistakeIn(lines));
}

/** With lines of the usual length, since OpenSSL takes no long ones, and the empty line that ends the headers (RFC 1421). */
function pem(form: string, body: string): string {
  const lines = body.split("\n");
  const headers = lines.filter((line) => line.includes(":"));
  const base64 = lines.filter((line) => !line.includes(":")).join("");
  const name = form === "" ? "PRIVATE KEY" : `${form} PRIVATE KEY`;
  return [
    `-----BEGIN ${name}-----`,
    ...(headers.length > 0 ? [...headers, ""] : []),
    ...(base64.match(/.{1,64}/g) ?? []),
    `-----END ${name}-----`,
    "",
  ].join("\n");
}

function resultOf(opened: Opened): string | KeyProblem {
  switch (opened.kind) {
    case "key":
      return forSsh2(opened.key);
    case "no passphrase":
      return { field: "privateKeyPassword", reason: "must be given: privateKey is encrypted" };
    case "wrong passphrase":
      return {
        field: "privateKeyPassword",
        reason: "must be the passphrase of privateKey: this one does not decrypt it",
      };
    case "unknown encryption":
      return wrong(
        "is encrypted in a way that cannot be read here: encrypt it anew, with `ssh-keygen -p -Z aes256-ctr -f FILE`, or make a new key",
      );
    case "unknown type":
      return wrong(
        opened.type.startsWith("sk-")
          ? "is the handle of a hardware key (FIDO), which only ssh itself can ask to sign: give a key that is whole in its file"
          : unusable(opened.type),
      );
    case "damaged":
      return wrong("is damaged: there is no whole key between its BEGIN and END lines");
  }
}

function unusable(type: string): string {
  return `is a key of the type ${type}, which SSH servers do not take: make another, with \`ssh-keygen -t ed25519\``;
}

function decodePem(text: string, passphrase: string | undefined): Opened {
  const isEncrypted = text.includes("ENCRYPTED");
  if (isEncrypted && passphrase === undefined) return { kind: "no passphrase" };
  try {
    return { kind: "key", key: createPrivateKey({ key: text, ...(isEncrypted && { passphrase }) }) };
  } catch (error) {
    if (!isEncrypted) return { kind: "damaged" };
    // DES and RC2, which OpenSSL 3 has in a provider that Node does not load.
    const isOld = (error as NodeJS.ErrnoException).code === "ERR_OSSL_EVP_UNSUPPORTED";
    return { kind: isOld ? "unknown encryption" : "wrong passphrase" };
  }
}

/** sshd refuses shorter keys (sshd_config(5), RequiredRSASize). */
const RSA_BITS = 1024;

function forSsh2(key: KeyObject): string | KeyProblem {
  const type = key.asymmetricKeyType ?? "unknown";
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (type) {
    case "rsa":
      return modulusLength < RSA_BITS
        ? wrong(unusable(`RSA of ${modulusLength} bits`))
        : key.export({ type: "pkcs1", format: "pem" }).toString();
    case "ec":
      return ["prime256v1", "secp384r1", "secp521r1"].includes(namedCurve ?? "")
        ? named(key).export({ type: "sec1", format: "pem" }).toString()
        : wrong(unusable(`EC ${namedCurve ?? "with a curve of its own"}`));
    case "ed25519":
      return encodeEd25519(key);
    default:
      return wrong(unusable(type.toUpperCase()));
  }
}

/** OpenSSL may write a curve as parameters. ssh2 needs its name. */
function named(key: KeyObject): KeyObject {
  return createPrivateKey({ key: key.export({ format: "jwk" }), format: "jwk" });
}

function wrong(reason: string): KeyProblem {
  return { field: "privateKey", reason };
}
