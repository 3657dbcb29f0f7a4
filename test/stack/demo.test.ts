import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { REPOSITORY } from "./stack";

// It checks each of its steps itself.
test.each([
  ["typescript", "iptables"],
  ["yaml", "iptables"],
  ["typescript", "nftables"],
])("the demo keeps what each step promises, by %s with %s", async (language, backend) => {
  const demo = [join(REPOSITORY, "scripts/demo.sh"), "--language", language, "--backend", backend];
  const { stdout } = await promisify(execFile)("bash", demo);
  expect(stdout).toMatch(/8 steps, each as promised/);
});
