// Put before a node process by NODE_OPTIONS: writes into the folder $DELAYS, again and again, for how long at most nothing
// else was heard in it, and how much memory it had.
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { monitorEventLoopDelay } = require("node:perf_hooks");

const delay = monitorEventLoopDelay({ resolution: 5 });
let most = 0;
// Not what it takes to load the program.
setTimeout(() => delay.enable(), 1_500).unref();
setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss);
  const seen = { args: process.argv, stillMs: delay.max / 1e6, megabytes: most / 2 ** 20 };
  writeFileSync(join(process.env.DELAYS, `${process.pid}.json`), JSON.stringify(seen));
}, 50).unref();
