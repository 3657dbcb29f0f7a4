const PATH = 'is a path: give the text of the file, in TypeScript by `readFileSync(path, "utf8")`';

/** What to say about a text that is not a private key. The first pattern that matches counts. */
const MISTAKES: readonly (readonly [looks: RegExp, reason: string])[] = [
  [/^$/, "must not be empty"],
  [
    /-----BEGIN [\s\S]*\\n|\\n[\s\S]*-----END /,
    'has the two characters `\\n` where its lines should end: turn them into line breaks, in TypeScript by `.replaceAll("\\\\n", "\\n")`',
  ],
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[^\n]|[^\n]-----END [A-Z0-9 ]*PRIVATE KEY-----/,
    'has lost its line breaks: it must have the lines of the file, and a shell keeps them only in quotes ("$KEY")',
  ],
  [/PRIVATE KEY-----\n(?![\s\S]*-----END [A-Z0-9 ]*PRIVATE KEY-----)/, "is cut off: its END line is missing"],
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/,
    "is damaged: there is no whole key between its BEGIN and END lines",
  ],
  [
    /^(\S+ )*\S+-cert-v\d\d@openssh\.com AAAA/,
    "is an SSH certificate: give the private key that it is for, and authorize that key on the host, since certificates are not used here",
  ],
  [
    /^([^\n]* )?(ssh-|ecdsa-|sk-)\S+ AAAA|-----BEGIN [A-Z0-9 ]*PUBLIC KEY-----|---- BEGIN SSH2 PUBLIC KEY ----/,
    "is the public half of a key pair: give the private half, the file without `.pub`",
  ],
  [/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/, "is an X.509 certificate: give a private key"],
  [
    /^PuTTY-User-Key-File-/,
    "is a PuTTY key: convert it, with `puttygen FILE.ppk -O private-openssh -o FILE`, or in PuTTYgen by Conversions, Export OpenSSH key",
  ],
  [
    /^(~|\$|%|\.{0,2}[\\/]|[A-Za-z]:[\\/]|file:)[^\n]*$|^[^\n]*(\.(pem|key|ppk|pub|txt)|id_(rsa|dsa|ecdsa|ed25519))$/i,
    PATH,
  ],
  [/^["']?LS0t/, "is a key in base64: decode it first"],
  [/^(MI[GHIJ]|b3BlbnNzaC1rZXk)/, "lacks its BEGIN and END lines"],
  [/^[\w.-]{1,40}(\/[\w.-]{1,40}){1,6}$/, PATH],
];

/** Why a text is not a private key. The reason quotes nothing: the text may be secret. */
export function mistakeIn(text: string): string {
  return (
    MISTAKES.find(([looks]) => looks.test(text))?.[1] ??
    "is not a private key: it must begin with `-----BEGIN OPENSSH PRIVATE KEY-----`, `-----BEGIN PRIVATE KEY-----` or the like"
  );
}
