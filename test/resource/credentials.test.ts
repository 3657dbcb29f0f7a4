import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fleetFailures } from "../../provider/resource/fleet/check";
import { check } from "../../provider/resource/lifecycle";
import { make, PASSPHRASE } from "../host/keys";
import { type Situation, told } from "../situations";
import { agentAnswer, startAgent } from "./agent";
import { inputs, UNKNOWN } from "./inputs";

beforeEach(() => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const plain = make("ssh-keygen -q -t ed25519 -N '' -f key; chmod 644 key");
const rsa = make("openssl genpkey -algorithm rsa -out key; : >key.pub");
const encrypted = make(`ssh-keygen -q -a 4 -t ed25519 -N '${PASSPHRASE}' -f key`);
const encryptedPkcs8 = make(
  `openssl genpkey -algorithm ed25519 | openssl pkcs8 -topk8 -passout 'pass:${PASSPHRASE}' -out key; : >key.pub`,
);
const type = (commands: string) => make(`${commands}; : >key.pub`).text;
const curve = (name: string) => type(`openssl ecparam -name ${name} -genkey -noout -out key`);
const DSA = "openssl dsaparam -out parameters 1024 2>/dev/null; openssl gendsa -out key parameters";

const certificate = make(
  "ssh-keygen -q -t ed25519 -N '' -f ca; ssh-keygen -q -t ed25519 -N '' -f key; ssh-keygen -q -s ca -I id key.pub; mv key-cert.pub key",
).text;
const x509 = type("openssl req -x509 -newkey rsa:2048 -nodes -keyout k -subj /CN=x -out key 2>/dev/null");
const legacy = "-provider legacy -provider default";
const des = type(
  `openssl genpkey -algorithm rsa ${legacy} | openssl pkcs8 -topk8 -v1 PBE-MD5-DES ${legacy} -passout 'pass:${PASSPHRASE}' -out key`,
);
const chacha = type(
  `ssh-keygen -q -a 4 -t ed25519 -Z chacha20-poly1305@openssh.com -N '${PASSPHRASE}' -f key`,
);
/** A key of OpenSSH's format (its PROTOCOL.key) of any type, as far as it can be read without a passphrase. */
const openSsh = (type: string) =>
  [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    Buffer.concat([
      Buffer.from("openssh-key-v1\0"),
      ...["none", "none", ""].map(string),
      Buffer.from([0, 0, 0, 1]),
      string(Buffer.concat([string(type), string(randomBytes(32))])),
      string(randomBytes(96)),
    ]).toString("base64"),
    "-----END OPENSSH PRIVATE KEY-----",
  ].join("\n");

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
}

const lines = plain.text.trim().split("\n");
const middle = lines.slice(1, -1);

/** What is given for a private key, and what is said of it; `more` are values of the text. */
const mistakes: readonly (readonly [Situation, string, Readonly<Record<string, string>>?])[] = [
  ["key is empty", " \n\n"],
  ["key is empty", "\uFEFF"],
  ["key is a path", "~/.ssh/id_ed25519"],
  ["key is a path", "/home/me/.ssh/id_rsa\n"],
  ["key is a path", "./key"],
  ["key is a path", "id_ecdsa"],
  ["key is a path", "keys/deploy.pem"],
  ["key is a path", "keys/deploy"],
  ["key is a path", "C:\\Users\\me\\key"],
  ["key is a path", "$HOME/.ssh/key"],
  ["key is a path", "~/.ssh/id_ed25519.pub"],
  ["key is the public half", plain.publicHalf],
  ["key is the public half", `from="192.0.2.1" ${plain.publicHalf}`],
  [
    "key is the public half",
    make("openssl genpkey -algorithm rsa -out k; openssl pkey -in k -pubout -out key; : >key.pub").text,
  ],
  ["key is the public half", type("ssh-keygen -q -t rsa -N '' -f k; ssh-keygen -e -f k >key")],
  ["key is the public half", "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIA me"],
  ["key has literal line breaks", plain.text.replaceAll("\n", "\\n")],
  ["key has literal line breaks", JSON.stringify(rsa.text)],
  ["key has literal line breaks", encryptedPkcs8.text.replaceAll("\n", "\\r\\n")],
  ["key is on one line", plain.text.replaceAll("\n", " ")],
  ["key is on one line", rsa.text.replaceAll("\n", "")],
  ["key is on one line", `${lines[0]}\n${middle.join("")}${lines.at(-1)}`],
  ["key is cut off", lines.slice(0, -1).join("\n")],
  ["key is cut off", rsa.text.slice(0, 200)],
  ["key is damaged", lines.filter((_, index) => index !== 2).join("\n")],
  [
    "key is damaged",
    rsa.text
      .split("\n")
      .filter((_, index) => index !== 2)
      .join("\n"),
  ],
  ["key is damaged", `${lines[0]}\n${lines.at(-1)}`],
  ["key is damaged", plain.text.replaceAll("OPENSSH", "RSA")],
  ["key is in base64", Buffer.from(plain.text).toString("base64")],
  ["key is a body alone", middle.join("\n")],
  ["key is a body alone", rsa.text.split("\n").slice(1, -2).join("")],
  ["key is an SSH certificate", certificate],
  ["key is an X.509 certificate", x509],
  ["key is of PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 2\n"],
  ["key is of a hardware token", openSsh("sk-ssh-ed25519@openssh.com")],
  ["key is of a type that sshd does not take", openSsh("ssh-dss"), { type: "DSA" }],
  [
    "key is of a type that sshd does not take",
    openSsh("ssh-xmss@openssh.com"),
    { type: "ssh-xmss@openssh.com" },
  ],
  ["key is of a type that sshd does not take", type(DSA), { type: "DSA" }],
  [
    "key is of a type that sshd does not take",
    type("openssl genpkey -algorithm x25519 -out key"),
    { type: "X25519" },
  ],
  [
    "key is of a type that sshd does not take",
    type("openssl genpkey -algorithm ed448 -out key"),
    { type: "ED448" },
  ],
  [
    "key is of a type that sshd does not take",
    type("openssl genpkey -algorithm rsa-pss -out key"),
    { type: "RSA-PSS" },
  ],
  ["key is of a type that sshd does not take", curve("secp256k1"), { type: "EC secp256k1" }],
  [
    "key is of a type that sshd does not take",
    type("openssl genrsa -out key 768"),
    { type: "RSA of 768 bits" },
  ],
  ["key is something else", "a key"],
  ["key is something else", "{}"],
  ["passphrase is missing", encrypted.text],
  ["passphrase is missing", encryptedPkcs8.text],
  ["passphrase is missing", encryptedPkcs8.text.replaceAll("\n", "\r\n")],
];

const withPassphrase: readonly (readonly [Situation, string, string])[] = [
  ["passphrase is wrong", encrypted.text, "another"],
  ["passphrase is wrong", encryptedPkcs8.text, "another"],
  ["key is encrypted in an unknown way", des, PASSPHRASE],
  ["key is encrypted in an unknown way", chacha, PASSPHRASE],
];

const cases = [
  ...mistakes.map(([situation, privateKey, more = {}]) => ({ situation, login: { privateKey }, more })),
  ...withPassphrase.map(([situation, privateKey, privateKeyPassword]) => ({
    situation,
    login: { privateKey, privateKeyPassword },
    more: {},
  })),
];

test.each(cases)(
  "$situation: the preview says so, for the host and for the bastion",
  async ({ situation, login, more }) => {
    const sentence = (field: string) => told(situation, { field, ...more });
    const own = { ...inputs, connection: { host: "192.0.2.11", ...login } };
    const { failures = [] } = await check({}, own);
    expect(failures).toEqual([{ property: "", reason: sentence("connection.privateKey") }]);
    expect(failures[0]?.reason).not.toContain(middle[1]);

    const proxy = { host: "192.0.2.9", ...login };
    const behind = {
      ...inputs,
      sequence: [{ protocol: "tcp", port: 7001 }],
      connection: { ...inputs.connection, proxy },
    };
    expect((await check({}, behind)).failures).toEqual([
      { property: "", reason: sentence("connection.proxy.privateKey") },
    ]);
  },
);

test("a fleet is told once of the key that its hosts share, and of each host's own", () => {
  const { sequence, door } = inputs;
  const fleet = {
    door,
    connection: { privateKey: "~/.ssh/id_rsa" },
    hosts: {
      web1: { connection: { host: "192.0.2.11" }, sequence },
      web2: { connection: { host: "192.0.2.12" } },
      web3: { connection: { host: "192.0.2.13", privateKey: plain.publicHalf } },
      web4: { connection: { host: "192.0.2.14", privateKey: plain.text } },
    },
  };
  const said = fleetFailures(fleet as never).map(({ property, reason }) => `${property}: ${reason}`);
  expect(said).toEqual([
    told("key is a path", { field: "connection.privateKey" }),
    told("key is the public half", { field: "hosts.web3.connection.privateKey" }),
  ]);
});

test.each([
  ["the key", { privateKey: UNKNOWN }],
  ["the key beside its passphrase", { privateKey: UNKNOWN, privateKeyPassword: "x" }],
  ["the passphrase", { privateKey: encrypted.text, privateKeyPassword: UNKNOWN }],
])("while %s is unknown, nothing is wrong", async (_name, login) => {
  const { failures } = await check({}, { ...inputs, connection: { host: "192.0.2.11", ...login } });
  expect(failures).toBeUndefined();
});

test("a key that is wrong whatever its passphrase is reported while that is unknown", async () => {
  const login = { privateKey: "~/.ssh/id_rsa", privateKeyPassword: UNKNOWN };
  const { failures } = await check({}, { ...inputs, connection: { host: "192.0.2.11", ...login } });
  expect(failures).toEqual([
    { property: "", reason: told("key is a path", { field: "connection.privateKey" }) },
  ]);
});

test.each([
  ["CRLF", plain.text.replaceAll("\n", "\r\n")],
  ["CR alone", plain.text.replaceAll("\n", "\r")],
  ["blank lines", plain.text.replaceAll("\n", "\n\n")],
  ["indented lines", plain.text.replaceAll("\n", "  \n    ")],
  ["a byte order mark", `\uFEFF${plain.text}`],
  ["no line break at the end", plain.text.trim()],
  ["quotes around it", `"${plain.text}"`],
  ["one long line of base64", `${lines[0]}\n${middle.join("")}\n${lines.at(-1)}`],
  [
    "PKCS#8 with one long line",
    rsa.text.split("\n").reduce((all, line) => all + (line.includes("-----") ? `\n${line}\n` : line), ""),
  ],
  ["PKCS#8 with blank lines and CRLF", rsa.text.replaceAll("\n", "\r\n\r\n")],
  ["a certificate after it", `${rsa.text}${x509}`],
])("a key with %s is taken", async (_name, privateKey) => {
  const { failures } = await check({}, { ...inputs, connection: { host: "192.0.2.11", privateKey } });
  expect(failures).toBeUndefined();
});

const handle = Buffer.concat([string("sk-ssh-ed25519@openssh.com"), string(randomBytes(32)), string("ssh:")]);

test.each([
  ["agent is empty", agentAnswer([])],
  ["agent is empty", agentAnswer([handle])],
  ["agent is none", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["agent is none", undefined],
] as const)("%s: the preview says so", async (situation, answer) => {
  const agent = await startAgent(answer);
  const connection = { host: "192.0.2.11", agentSocketPath: agent.path };
  const { failures = [] } = await check({}, { ...inputs, connection });
  expect(failures).toHaveLength(1);
  expect(failures[0]?.reason).toContain(`connection: ${told(situation, { source: "agentSocketPath" })}`);
  agent.stop();
});

test.each([
  ["agent's socket is missing", "/nowhere/agent"],
  ["agent does not listen", "/etc/passwd"],
] as const)("%s: the preview says so, for the host and for the bastion", async (situation, path) => {
  vi.stubEnv("SSH_AUTH_SOCK", path);
  const proxy = { host: "192.0.2.9" };
  const connection = { host: "192.0.2.11", proxy };
  const door = [{ protocol: "tcp", ports: [8080] }];
  const { failures = [] } = await check({}, { ...inputs, door, connection });
  const problem = told(situation, { source: "SSH_AUTH_SOCK" });
  expect(failures.map(({ reason }) => reason)).toEqual([
    expect.stringContaining(`connection: ${problem}`),
    expect.stringContaining(`connection.proxy: ${problem}`),
  ]);
});

test("an empty agent of the environment is said once, and stops no preview: a pull request's pipeline has no key", async () => {
  const agent = await startAgent(agentAnswer([]));
  vi.stubEnv("SSH_AUTH_SOCK", agent.path);
  const printed = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const connection = { host: "192.0.2.11" };
  const door = [{ protocol: "tcp", ports: [8080] }];
  for (let doors = 0; doors < 3; doors++)
    expect((await check({}, { ...inputs, door, connection })).failures).toBeUndefined();
  const said = printed.mock.calls.map(([text]) => String(text));
  printed.mockRestore();
  expect(said.filter((text) => text.includes("ssh-agent"))).toEqual([
    expect.stringContaining(`connection: ${told("agent is empty", { source: "SSH_AUTH_SOCK" })}`),
  ]);
  agent.stop();
});

test("where something else can log in, the agent does not matter", async () => {
  const connection = { ...inputs.connection, agentSocketPath: "/nowhere/agent" };
  expect((await check({}, { ...inputs, connection })).failures).toBeUndefined();
});
