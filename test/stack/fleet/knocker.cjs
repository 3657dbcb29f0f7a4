// Knocks at hosts and connects, round after round until its input ends, and prints what became of each. From stdin's first
// line: the path of this package's compiled files, and the hosts with their sequences.
const { createInterface } = require("node:readline");
const { connect } = require("node:net");
const { setTimeout: pause } = require("node:timers/promises");

createInterface(process.stdin)
  .once("line", (line) => {
    const { compiled, targets, roundMs } = JSON.parse(line);
    const { sendSequence } = require(`${compiled}/knock/send.js`);
    for (const target of targets) keepOn(target, sendSequence, roundMs);
  })
  .once("close", () => process.exit());

async function keepOn({ host, sequence }, sendSequence, roundMs) {
  for (;;) {
    await sendSequence({ address: host, family: 4 }, sequence);
    console.log(JSON.stringify({ host, atMs: Date.now(), isOpen: await isOpen(host) }));
    await pause(roundMs);
  }
}

function isOpen(host) {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 22 });
    const end = (opened) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(opened);
    };
    const timer = setTimeout(end, 900, false);
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
