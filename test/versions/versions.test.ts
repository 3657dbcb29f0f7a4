import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { packCheckout } from "../stack/checkout";
import { makeStack } from "../stack/stack";
import { isOpen, sshDoor, traces } from "../stack/world";

const run = promisify(execFile);

/**
 * The versions that docs/reference/compatibility.md says were run. The oldest SDK is the one that package.json allows; PORTKNOCK_SDK=latest
 * tries the newest one of the day in place of the one named here.
 */
const NEWEST_SDK = process.env.PORTKNOCK_SDK ?? "3.276.0";
const versions = [
  { node: "20", sdk: "3.142.0" },
  { node: "20", sdk: "3.248.0" },
  { node: "22", sdk: NEWEST_SDK },
  { node: "24", sdk: NEWEST_SDK },
];

let lab: Lab;
let scratch: string;
let tarball: string;

beforeAll(async () => {
  lab = await startLab({ hosts: versions.length });
  // Not the lab's folder: half a gigabyte of packages takes longer to delete than a lab may take to end.
  scratch = await mkdtemp(join(tmpdir(), "portknock-versions."));
  tarball = await packCheckout(scratch);
});
afterAll(async () => {
  await lab?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** A project's node_modules with the packed package, that SDK, and that Node.js as `node`. */
async function install(node: string, sdk: string): Promise<string> {
  const folder = join(scratch, `${node}-${sdk}`);
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), "{}");
  const architecture = `node-${process.platform}-${process.arch}`;
  const packages = [`${architecture}@${node}`, `@pulumi/pulumi@${sdk}`, "typescript@5.9.3", "@types/node@20"];
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...flags, tarball, ...packages], { cwd: folder });
  return join(folder, "node_modules");
}

async function versionOf(modules: string, name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8"));
  return String(version);
}

describe.each(versions.map((version, index) => ({ ...version, number: index + 1 })))(
  "Node.js $node with @pulumi/pulumi $sdk",
  ({ node, sdk, number }) => {
    test("a door is created, changed, refreshed, repaired and destroyed", async () => {
      const modules = await install(node, sdk);
      const stack = await makeStack(lab, modules);
      const used = (await stack.exec(["node", "--version"])).stdout.trim();
      console.log(`ran: Node.js ${used}, @pulumi/pulumi ${await versionOf(modules, "@pulumi/pulumi")}`);
      expect(used).toMatch(new RegExp(`^v${node}\\.`));
      const host = lab.host(number);
      const before = await traces(host);
      const door = sshDoor(lab, host);

      await stack.declare({ ssh: door });
      expect(await stack.preview()).toContain("--dport <knock 1>");
      await stack.up();
      await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
      await stack.knock("ssh");
      expect(await isOpen(lab, host.ipv4)).toBe(true);

      await stack.declare({ ssh: { ...door, openForSeconds: 4 } });
      await stack.up();
      await stack.refresh("--expect-no-changes");
      const applied = await host.firewall();

      const [deleted = ""] = applied.ipv4.match(/^-A PK-\S+ .*-j DROP$/m) ?? [];
      await host.run(["sh", "-c", `iptables ${deleted.replace("-A", "-D")}`]);
      expect(await stack.refresh()).toContain("missing (ipv4): -A PK-");
      await stack.up();
      expect(await host.firewall()).toEqual(applied);

      await stack.destroy();
      await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
    });
  },
);
