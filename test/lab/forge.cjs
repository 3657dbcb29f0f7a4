"use strict";
const { createSocket } = require("node:dgram");

/**
 * Wrong knocks: datagrams, so many a second, to one port or to ports at random, until stdin ends; then it prints how many
 * they were, and in how many seconds. They have this machine's address, so to a host they are what packets forged with it are.
 */
const [, , host = "", perSecond = "1000", port = "0"] = process.argv;
const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
const began = performance.now();
let sent = 0;
const timer = setInterval(() => {
  const due = ((performance.now() - began) / 1000) * Number(perSecond);
  for (; sent < due; sent++) socket.send("", Number(port) || 2000 + Math.floor(Math.random() * 60_000), host);
}, 1);
process.stdin.resume();
process.stdin.on("end", () => {
  clearInterval(timer);
  socket.close(() => console.log(JSON.stringify({ sent, seconds: (performance.now() - began) / 1000 })));
});
