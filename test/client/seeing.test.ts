import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Runs the command as it is installed: what `npm run build` made. */
function portknock(args: string[], input: object | string = "") {
  const main = join(__dirname, "../../dist/client/main.js");
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], {
    input: typeof input === "string" ? input : JSON.stringify(input),
    encoding: "utf8",
  });
  return { stdout, stderr, status };
}

const door = [{ protocol: "tcp", ports: [22] }];
const strong = {
  sequence: [
    { protocol: "tcp", port: 41_287 },
    { protocol: "udp", port: 23_911 },
    { protocol: "icmp", payloadBytes: 733 },
  ],
  door,
};
const weak = { sequence: [{ protocol: "tcp", port: 41_287 }], door };

test("check: an error among the findings is exit code 1, and the findings are on stdout all the same", () => {
  const { stdout, stderr, status } = portknock(["check", "-"], weak);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^error linear-scan, sequence: .*\n {2}What to do: .*\n/);
  expect(stdout + stderr).not.toContain("41287");
});

test("check: notes are exit code 0; more slots, and there is none", () => {
  const noted = portknock(["check", "-", "--json"], strong);
  expect(noted).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(noted.stdout)).toMatchObject([{ code: "list-capacity", severity: "note" }]);
  const { stdout, status } = portknock(["check", "-", "--list-slots", "1000"], strong);
  expect({ stdout, status }).toEqual({ stdout: "No findings.\n", status: 0 });
});

test("explain: words, and pictures", () => {
  expect(portknock(["explain", "-"], strong).stdout).toMatch(/^The door\n {2}Closed to everyone/);
  expect(portknock(["explain", "-", "--format", "mermaid"], strong).stdout).toMatch(/^stateDiagram-v2\n/);
  expect(portknock(["explain", "-", "--format", "svg"], strong).stdout).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(portknock(["explain", "-"], strong).stdout).toMatch(/41287.*23911.*733/s);
  const redacted = portknock(["explain", "-", "--redact"], strong);
  expect(redacted).toMatchObject({ status: 0, stderr: "" });
  expect(redacted.stdout).toMatch(/^The door\n/);
  expect(redacted.stdout).not.toMatch(/41287|23911|733/);
});

test("trace: as text, and as JSON", () => {
  const packets = ["--packets", "tcp/41287 udp/23911 icmp/733 tcp/22 +6s tcp/22"];
  const { stdout, status } = portknock(["trace", "-", ...packets, "--from", "2001:db8::7"], strong);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\+0s {5}tcp\/22 {5}accept {2}open → open\n/m);
  expect(stdout).toMatch(/^\+6s {5}tcp\/22 {5}drop {4}closed → closed\n/m);
  expect(stdout).toContain("--name pk6-");
  const json = JSON.parse(portknock(["trace", "-", ...packets, "--json"], strong).stdout);
  expect(json).toHaveLength(5);
  expect(json[3]).toMatchObject({ packet: "tcp/22", verdict: "accept", after: { isGranted: true } });
});

test.each([
  ["check without a file", ["check"]],
  ["check with no number of slots", ["check", "-", "--list-slots", "many"]],
  ["explain in another format", ["explain", "-", "--format", "png"]],
  ["trace without packets", ["trace", "-"]],
  ["trace with a wrong packet", ["trace", "-", "--packets", "tcp/41287 sctp/31337"]],
  ["trace from nowhere", ["trace", "-", "--packets", "tcp/22", "--from", "here"]],
  ["status without a host", ["status"]],
  ["status at no port", ["status", "192.0.2.1", "--port", "0"]],
])("%s: help on stderr and code 2, without a knock", (_name, args) => {
  const { stdout, stderr, status } = portknock(args, strong);
  expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
  expect(stderr).toMatch(/^portknock (check|explain|trace|status) /m);
  expect(stderr).not.toMatch(/41287|31337/);
});

test("what is no JSON is said, and not shown", () => {
  const { stderr, status } = portknock(["check", "-"], '{"sequence": [31337');
  expect({ stderr, status }).toEqual({ stderr: expect.stringContaining("stdin is not JSON"), status: 1 });
  expect(stderr).not.toContain("31337");
});
