// A host that means harm, as an SSH server on 127.0.0.1: node server.cjs KIND [KEY] [LOG]. Prints its port. What it is asked
// to log in with goes to LOG, a line each.
const { appendFileSync, readFileSync } = require("node:fs");
const { createServer } = require("node:net");
const { Server, utils } = require("ssh2");

const [, , kind, keyFile, log] = process.argv;
const key = keyFile ? readFileSync(keyFile) : newKey();

/** One in a few hundred that ssh2 1.17 makes it cannot read itself. */
function newKey() {
  const { private: made } = utils.generateKeyPairSync("ed25519");
  return utils.parseKey(made) instanceof Error ? newKey() : made;
}

/** Writes the same piece for ever, as fast as it is taken. */
function pour(stream, piece) {
  const pump = () => {
    while (stream.writable && stream.write(piece));
    stream.once("drain", pump);
  };
  stream.on("error", () => undefined);
  pump();
}

/** Sends what `send` sends, again and again, while it is taken. */
function repeat(client, send) {
  const timer = setInterval(() => {
    for (let n = 0; n < 100; n++) send();
  }, 1);
  client.on("close", () => clearInterval(timer));
}

const lines = (count, line) => Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");
const FINE = "family 4\nfamily 6\npersistence none\n";

/** What it answers to a script. `begin` and `end` are the marks, `id` is the door's. */
const answers = {
  fine: (stream, { begin, end }) => finish(stream, begin + FINE + end),
  "endless lines": (stream, { begin }) => pour(stream, `${begin}${"A\n".repeat(500_000)}`),
  "endless characters of three bytes": (stream, { begin }) => {
    stream.write(begin);
    pour(stream, Buffer.from("\u20ac\n".repeat(200_000)));
  },
  "long lines": (stream, { begin }) => {
    stream.write(begin);
    pour(stream, `${"A".repeat(3_000)}\n`.repeat(300));
  },
  "a line without an end": (stream, { begin }) => {
    stream.write(begin);
    pour(stream, Buffer.alloc(1 << 20, 0x41));
  },
  "a million words": (stream, { begin, end }) =>
    finish(stream, `${begin}rule 4 -A PORTKNOCK ${"-m x ".repeat(500_000)}-j DROP\n${end}`),
  "a line of many words": (stream, { begin, end }) =>
    finish(stream, `${begin}rule 4 -A PORTKNOCK ${"-m x ".repeat(400)}-j DROP\n${end}`),
  "40,000 rules of a door": (stream, { begin, end }) =>
    finish(
      stream,
      `${begin}family 4\npersistence none\n${lines(40_000, (n) => `rule 4 -A PK-0123456789 -p tcp --dport ${n} -j DROP`)}${end}`,
    ),
  "warnings without number": (stream, { begin, end }) =>
    finish(stream, begin + FINE + lines(50_000, (n) => `warning ${n}`) + end),
  "yes in .bashrc": (stream) => pour(stream, "y\n".repeat(100_000)),
  "yes on stderr": (stream) => pour(stream.stderr, "y\n".repeat(100_000)),
  "stderr byte by byte": (stream, _marks, client) => repeat(client, () => stream.stderr.write("y")),
  "NUL and no UTF-8": (stream, { begin, end }) =>
    finish(
      stream,
      Buffer.concat([
        Buffer.from(begin + FINE),
        Buffer.from("rule 4 -A PK-0123456789 \0\xff\xfe\xc3\n", "latin1"),
        Buffer.from(end),
      ]),
    ),
  "a channel that stays open": (stream, { begin, end }) => stream.write(begin + FINE + end),
  "a flood after the end": (stream, { begin, end }) => {
    stream.write(begin + FINE + end);
    pour(stream, Buffer.alloc(1 << 20, 0x41));
  },
  "requests without number": (_stream, _marks, client) => repeat(client, () => client._protocol.ping()),
  silence: () => undefined,
  "a byte a second": (stream) => setInterval(() => stream.write("y"), 1_000),
};

function finish(stream, text) {
  stream.write(text);
  stream.exit(0);
  stream.end();
}

/** What it does to a login. */
const logins = {
  "questions without number": (context) => {
    if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
    const ask = () => context.prompt([{ prompt: "once more: ", echo: false }], ask);
    ask();
  },
  "partly accepted for ever": (_context, client) => {
    repeat(client, () => {
      client._protocol._authsQueue = ["password"];
      client._protocol.authFailure(["password", "publickey"], true);
    });
  },
  "banners without number": (_context, client) => {
    const text = Buffer.alloc(1_000, 0x41);
    repeat(client, () => {
      const { _packetRW, _cipher } = client._protocol;
      const packet = _packetRW.write.alloc(1 + 4 + text.length + 4);
      const at = _packetRW.write.allocStart;
      packet[at] = 53;
      packet.writeUInt32BE(text.length, at + 1);
      text.copy(packet, at + 5);
      packet.writeUInt32BE(0, at + 5 + text.length);
      _cipher.encrypt(_packetRW.write.finalize(packet));
    });
  },
};

/** Other ways to break what the protocol leaves to good will. */
const hosts = {
  "packets of no size": { channel: [undefined, 0] },
  "packets of a byte": { channel: [undefined, 1] },
  "a window that never opens": { channel: [0, undefined] },
  "compression alone": { algorithms: { compress: ["zlib"] } },
  "a group of its own": { algorithms: { kex: ["diffie-hellman-group-exchange-sha256"] } },
  "hmac-sha1 alone": { algorithms: { hmac: ["hmac-sha1"], cipher: ["aes128-ctr"] } },
  "a huge host key": { hostKeyBytes: 20_000 },
};

/** What it does with a connection that it is to open for a client, as a bastion. */
const bastions = {
  "a bastion that answers itself": (channel) => pour(channel, `${"A".repeat(1_000)}\r\n`.repeat(100)),
  "a bastion with requests of its own": (_channel, client) => repeat(client, () => client._protocol.ping()),
};

const behaviour = hosts[kind] ?? {};

function listen(server) {
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

function note(context) {
  if (!log) return;
  appendFileSync(log, `${context.method} ${context.username} ${context.password ?? ""}\n`);
}

function greet(client) {
  client.on("error", () => undefined);
  if (behaviour.hostKeyBytes) enlargeHostKey(client, behaviour.hostKeyBytes);
  client.on("authentication", (context) => {
    note(context);
    const login = logins[kind];
    if (login) login(context, client);
    else context.accept();
  });
  client.on("ready", () => {
    if (behaviour.channel) shrinkChannels(client, behaviour.channel);
    client.on("tcpip", (accept) => bastions[kind]?.(accept(), client));
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec) => answer(acceptExec(), client));
    });
  });
}

function answer(stream, client) {
  let script = "";
  let isAnswered = false;
  stream.on("error", () => undefined);
  const go = () => {
    const nonce = /^NONCE='?([0-9a-f]+)/m.exec(script)?.[1];
    if (isAnswered || nonce === undefined) return;
    isAnswered = true;
    const marks = { begin: `portknock begin ${nonce}\n`, end: `portknock end ${nonce}\n` };
    (answers[kind] ?? answers.fine)(stream, marks, client);
  };
  stream.on("data", (text) => {
    script += text;
    go();
  });
}

/** What a channel's confirmation offers: a window, and a size of packets. */
function shrinkChannels({ _protocol: protocol }, [window, packetSize]) {
  const confirm = protocol.channelOpenConfirm;
  protocol.channelOpenConfirm = (recipient, sender, itsWindow, itsSize) =>
    confirm.call(protocol, recipient, sender, window ?? itsWindow, packetSize ?? itsSize);
  if (window === 0) protocol.channelWindowAdjust = () => undefined;
}

function enlargeHostKey({ _protocol: protocol }, bytes) {
  for (const [, own] of Object.entries(protocol._hostKeys ?? {})) {
    const make = own.getPublicSSH?.bind(own);
    if (make) own.getPublicSSH = () => Buffer.concat([make(), Buffer.alloc(bytes)]);
  }
}

if (kind === "a flood before SSH") {
  listen(createServer((socket) => pour(socket, `${"A".repeat(1_000)}\r\n`.repeat(100))));
} else {
  const { algorithms } = behaviour;
  listen(new Server({ hostKeys: [key], ...(algorithms && { algorithms }) }, greet));
}
