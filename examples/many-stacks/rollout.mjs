// Rolls the program out to regions, in the order given and as many at once as allowed. It begins no region after one has
// failed, nor after Ctrl-C, and lets those under way end. Run again, it does the rest: a region that is done changes nothing.
import { parseArgs } from "node:util";
import { automation } from "@pulumi/pulumi";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { concurrency: { type: "string", default: "1" } },
});
const concurrency = Number(values.concurrency);
if (positionals.length === 0 || !Number.isInteger(concurrency) || concurrency < 1) {
  console.error("usage: npm run rollout -- [--concurrency N] REGION…");
  process.exit(2);
}

// Every name has to have a stack before any region is touched.
const waiting = [];
for (const stackName of positionals) {
  try {
    waiting.push(await automation.LocalWorkspace.selectStack({ stackName, workDir: import.meta.dirname }));
  } catch (error) {
    if (!(error instanceof automation.StackNotFoundError)) throw error;
    console.error(`no stack is named ${stackName}: see pulumi stack ls`);
    process.exit(2);
  }
}

const done = [];
const failed = [];
let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (isStopping = true));

/** Prints what comes in pieces as whole lines, each after the region's name. */
function printer(region) {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) console.log(`${region}: ${line}`);
  };
}

async function rollOut(stack) {
  try {
    await stack.up({
      // A host that fails leaves the region's others to be done.
      continueOnError: true,
      color: "never",
      suppressProgress: true,
      onOutput: printer(stack.name),
      onError: printer(stack.name),
    });
    done.push(stack.name);
  } catch (error) {
    if (!(error instanceof automation.CommandError)) throw error;
    failed.push(stack.name);
  }
}

async function work() {
  while (waiting.length > 0 && failed.length === 0 && !isStopping) await rollOut(waiting.shift());
}
await Promise.all(Array.from({ length: concurrency }, work));

const names = (list) => list.join(" ") || "none";
console.log(
  `done: ${names(done)}; failed: ${names(failed)}; not begun: ${names(waiting.map(({ name }) => name))}`,
);
process.exitCode = done.length === positionals.length ? 0 : 1;
