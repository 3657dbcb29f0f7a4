// Reads the rules of a host as a refresh does, and says how long the rest of the process was not heard meanwhile, and how
// much memory it took: node reader.cjs DIST CONNECTION (JSON) [SECONDS of patience]
const { monitorEventLoopDelay } = require("node:perf_hooks");
const { join } = require("node:path");

const [, , dist, text] = process.argv;
const { defaultBackend } = require(join(dist, "door/backend"));
const { observe } = require(join(dist, "host/apply/snapshot"));
const { connectionSchema } = require(join(dist, "policy/connection"));
require("ssh2");

const memory = () => process.memoryUsage().rss;
const before = memory();
let most = before;
setInterval(() => {
  most = Math.max(most, memory());
}, 5).unref();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const started = performance.now();

const connection = connectionSchema.parse(JSON.parse(text));
const access = { connection, knocks: () => [] };
observe(access, defaultBackend, { id: "1111111111" }, ["ipv4", "ipv6"], (one) => one)
  .then(
    ({ observed }) => ({ rules: observed.ipv4?.length }),
    (error) => ({ code: error.code, message: error.message }),
  )
  .then((result) => {
    delay.disable();
    const seconds = (performance.now() - started) / 1_000;
    const stillMs = delay.max / 1e6;
    console.log(JSON.stringify({ ...result, seconds, stillMs, megabytes: (most - before) / 2 ** 20 }));
  });
