import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** Runs the command as it is installed: what `npm run build` made. */
function portknock(args: string[], input = "") {
  const main = join(__dirname, "../../dist/client/main.js");
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], {
    input,
    encoding: "utf8",
  });
  return { stdout, stderr, status };
}

const policy = JSON.stringify({
  sequence: [{ protocol: "tcp", port: 1000 }],
  door: [{ protocol: "tcp", ports: [22] }],
});

test("render prints a document a family", () => {
  const { ipv4, ipv6 } = JSON.parse(portknock(["render", "-", "--json"], policy).stdout);
  expect(ipv4).toMatch(/^\*filter\n[\s\S]*--name pk4-[\s\S]*\nCOMMIT\n$/);
  expect(ipv6).toMatch(/^\*filter\n[\s\S]*--name pk6-[\s\S]*\nCOMMIT\n$/);
  expect(portknock(["render", "-", "-4"], policy).stdout).toBe(ipv4);
  expect(portknock(["render", "-", "-6"], policy).stdout).toBe(ipv6);
  expect(portknock(["render", "-"], policy).stdout).toContain(ipv4);
});

describe("nftables", () => {
  const native = ["render", "-", "--backend", "nftables"];

  test("one document for both families, which nft takes as it is", () => {
    const { stdout } = portknock(native, policy);
    expect(stdout).toMatch(/^add table ip portknock\n[\s\S]*\nadd table ip6 portknock\n/);
    expect(JSON.parse(portknock([...native, "--json"], policy).stdout)).toEqual({ document: stdout });
    if (process.getuid?.() !== 0) return;
    // A pipe, as in a shell: nft 0.9.8 reads no socket.
    const load = "cat | nft -f - && nft list table ip portknock && nft list table ip6 portknock";
    const loaded = spawnSync("unshare", ["--net", "sh", "-c", load], { input: stdout, encoding: "utf8" });
    expect(loaded.stderr).toBe("");
    expect(loaded.stdout).toMatch(/counter packets 0 bytes 0 drop/);
  });

  test.each([["-4"], ["-6"]])("%s alone is refused", (family) => {
    const { stdout, stderr, status } = portknock([...native, family], policy);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toMatch(/one document for both families/);
  });

  test.each([["render"], ["explain"], ["trace"], ["check"]])("%s refuses what it cannot do", (command) => {
    const asked = JSON.stringify({ ...JSON.parse(policy), chain: "DOCKER-USER", interface: "eth0" });
    const packets = command === "trace" ? ["--packets", "tcp/1000"] : [];
    const { stderr, status } = portknock([command, "-", "--backend", "nftables", ...packets], asked);
    expect({ stderr, status }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^(portknock: )?chain: must be "FORWARD"/m),
    });
    expect(portknock([command, "-", ...packets], asked).stderr).not.toMatch(/chain:/);
  });

  test("explain and trace show its rules", () => {
    expect(portknock(["explain", "-", "--backend", "nftables"], policy).stdout).toMatch(
      /^ {2}add rule ip portknock PK-/m,
    );
    const packets = ["--packets", "tcp/1000 tcp/22"];
    const { stdout } = portknock(["trace", "-", "--backend", "nftables", ...packets], policy);
    expect(stdout).toMatch(/tcp\/22 +accept/);
    expect(stdout).toMatch(/add rule ip portknock PK-\S+ ct state new tcp dport 22 .* accept/);
  });

  test("--list-slots is not for it", () => {
    const { stderr, status } = portknock(
      ["check", "-", "--backend", "nftables", "--list-slots", "5"],
      policy,
    );
    expect({ stderr, status }).toMatchObject({ status: 2, stderr: expect.stringMatching(/list-slots/) });
  });
});

test("a wrong policy is answered with every wrong field, and code 1", () => {
  const { stdout, stderr, status } = portknock(
    ["render", "-"],
    '{"sequence": [], "openForSeconds": 0, "x": 1}',
  );
  expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
  expect(stderr).toMatch(/^sequence: must have at least one step$/m);
  expect(stderr).toMatch(/^openForSeconds: must be/m);
  expect(stderr).toMatch(/^door: must be a list/m);
  expect(stderr).toMatch(/^x: is an unknown field; allowed: sequence, calendar, previous, oneTime, door/m);
});

test.each([
  ["no command", []],
  ["an unknown command", ["open"]],
  ["an unknown option", ["render", "--xml", "-"]],
  ["no file", ["render"]],
  ["no host", ["knock", "--sequence", "tcp/7000"]],
  ["no sequence", ["knock", "192.0.2.1"]],
  ["a wrong step", ["knock", "192.0.2.1", "--sequence", "sctp/31337"]],
  ["a wrong port", ["knock", "192.0.2.1", "--sequence", "tcp/313370"]],
])("%s: help on stderr and code 2, without the sequence", (_name, args) => {
  const { stdout, stderr, status } = portknock(args);
  expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
  expect(stderr).toMatch(/^portknock (render|knock) |--help/m);
  expect(stderr).not.toContain("31337");
});

test("--help goes to stdout with code 0", () => {
  expect(portknock(["--help"])).toMatchObject({ status: 0, stderr: "" });
  expect(portknock(["knock", "--help"]).stdout).toContain("portknock knock HOST");
});
