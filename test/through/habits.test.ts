import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Host, killGroup, type Lab, startLab } from "../lab/lab";
import { asUser, closeDoors, configure, makeUser, putDoor } from "./world";

/** No ping among them: its size stands in ping's arguments, as the README says. */
const SEQUENCE = "tcp/61873,udp/62941/hex:6f70656e";

describe("the command's habits", () => {
  let lab: Lab;
  let host: Host;

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    await makeUser(lab);
    await configure(lab, SEQUENCE);
    await putDoor(host, SEQUENCE);
  });
  afterAll(() => lab?.stop());
  beforeEach(() => closeDoors(host));

  const knock = (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
    asUser(lab, ["portknock", "knock", "h1", "--timeout", "2", ...args], { env });

  test("it is quiet when it is piped", async () => {
    expect(await knock()).toEqual({ stdout: "", stderr: "", code: 0 });
  });

  test("on a terminal it tells what it does, in colour unless NO_COLOR is set", async () => {
    const terminal = (env: NodeJS.ProcessEnv) =>
      asUser(lab, ["script", "-qec", "portknock knock h1", "/dev/null"], { env });
    const { stdout } = await terminal({ NO_COLOR: undefined });
    expect(stdout).toContain("\x1b[2mportknock:\x1b[0m 2001:db8:2::11 is open to 2001:db8:2::1 after ");
    expect((await terminal({ NO_COLOR: "1" })).stdout).toMatch(/^portknock: 2001:db8:2::11 is open/);
  });

  test("--json tells it to programs, also of a door that stays shut", async () => {
    const open = { open: true, address: "192.0.2.11", port: 22, source: "192.0.2.1", tries: 1 };
    expect(JSON.parse((await knock(["--json", "-4"])).stdout)).toEqual(open);
    await closeDoors(host);
    const shut = await knock(["--json", "--sequence", "tcp/1", "--port", "22"]);
    expect(shut.code).toBe(1);
    expect(JSON.parse(shut.stdout)).toMatchObject({ open: false, code: "shut" });
    const unchecked = await knock(["--json", "--no-check"]);
    expect(JSON.parse(unchecked.stdout)).toEqual({ open: null, addresses: ["2001:db8:2::11", "192.0.2.11"] });
  });

  test("the first source that knows the host counts", async () => {
    const policy = join(lab.dir, "policy.json");
    const door = [{ protocol: "tcp", ports: [22] }];
    await writeFile(policy, JSON.stringify({ sequence: [{ protocol: "tcp", port: 1 }], door }));
    const wrong = { PORTKNOCK_SEQUENCE: "tcp/2" };
    expect((await knock([], wrong)).code, "the environment comes before the file").toBe(0);
    expect((await knock(["--port", "22"], wrong)).code).toBe(1);
    expect((await knock(["--policy", policy])).code, "a policy comes before both").toBe(1);
    const all = ["--policy", policy, "--sequence", SEQUENCE, "--port", "22"];
    expect((await knock(all, wrong)).code, "the option comes first").toBe(0);
  });

  test.each([[0o640], [0o604], [0o620]])("a configuration of mode %o is refused", async (mode) => {
    const path = await configure(lab, SEQUENCE, mode);
    const { stderr, code } = await knock();
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${path} holds secrets, and other users may read or write it: run \`chmod 600\` on it`,
    );
    await configure(lab, SEQUENCE);
  });

  test("a configuration that is wrong is answered with every wrong place, and no value", async () => {
    const path = await configure(lab, SEQUENCE);
    const wrong = { doors: [{ host: "", sequence: "tcp/313370,sctp/1", door: ["tcp/0"], port: 1 }] };
    await lab.controller.run(["sh", "-c", `cat >${path}`], { input: JSON.stringify(wrong) });
    const { stderr, code } = await knock();
    expect(code).toBe(2);
    for (const place of ["host: must", "sequence: step 2", "door: must", "port: is an unknown field"])
      expect(stderr).toContain(`doors[0].${place}`);
    expect(stderr).not.toContain("313370");
    await configure(lab, SEQUENCE);
  });

  test("run passes on the exit code, and no sequence", async () => {
    const script = "nc -z -w1 192.0.2.11 22 && nc -z -w1 2001:db8:2::11 22 && env; exit 3";
    const { stdout, code } = await asUser(
      lab,
      ["portknock", "run", "h1", "--port", "22", "--", "sh", "-c", script],
      { env: { PORTKNOCK_SEQUENCE: SEQUENCE } },
    );
    expect(code).toBe(3);
    expect(stdout).toMatch(/^PORTKNOCK_ADDRESS=2001:db8:2::11$/m);
    expect(stdout).not.toMatch(/61873|62941|6f70656e/);
    const none = await asUser(lab, ["portknock", "run", "h1", "--", "no-such-command"]);
    expect(none.code).toBe(1);
  });

  test("no sequence is seen in the process list", async () => {
    const watch = ["sh", "-c", "while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; echo; done"];
    const watcher = lab.controller.spawn(watch);
    let seen = "";
    watcher.stdout.on("data", (text: Buffer) => {
      seen += text;
    });
    await asUser(lab, ["portknock", "ssh", "h1", "true"]);
    await asUser(lab, ["ssh", "-o", "ProxyCommand=portknock proxy %h %p", "h1", "true"]);
    await asUser(lab, ["portknock", "run", "h1", "--", "true"]);
    killGroup(watcher);
    expect(seen).toContain("pipe.js");
    expect(seen).not.toMatch(/61873|62941|6f70656e/);
  });

  test("even one that was typed is gone from it once the command runs", async () => {
    const typed =
      "portknock knock 192.0.2.11 --sequence tcp/61874 --port 22 --timeout 3 & sleep 1; ps -eo args; wait";
    const { stdout } = await asUser(lab, ["bash", "-c", typed]);
    const [, ...others] = stdout
      .split("\n")
      .filter((line) => line.startsWith("portknock") || /61874/.test(line));
    expect(stdout).toMatch(/^portknock$/m);
    // The shell that was given the line has it, and ours has not.
    expect(others.filter((line) => /61874/.test(line))).toEqual([]);
  });

  test("SIGINT ends it at once, without a word and without traces", async () => {
    const folder = await mkdtemp(join(lab.dir, "tmp."));
    const env = { TMPDIR: folder, XDG_RUNTIME_DIR: undefined };
    for (const command of [
      ["knock", "h1", "--sequence", "tcp/1", "--port", "22"],
      ["proxy", "h1", "22", "--sequence", "tcp/1"],
      ["ssh", "h1", "--sequence", "tcp/1", "true"],
      ["run", "h1", "--sequence", "tcp/1", "--port", "22", "--", "true"],
    ]) {
      const began = performance.now();
      const interrupt = ["timeout", "--preserve-status", "-s", "INT", "1.5"];
      const ended = await asUser(lab, [...interrupt, "portknock", ...command], { env });
      expect(ended, command[0]).toEqual({ stdout: "", stderr: "", code: 130 });
      expect(performance.now() - began).toBeLessThan(2_500);
    }
    expect(await readdir(folder)).toEqual([]);
    expect(await lab.controller.run(["ps", "-eo", "args"])).not.toMatch(/^portknock|pipe\.js/m);
  });

  test("it starts within 120 ms, with neither Pulumi nor zod", async () => {
    const script = `process.argv[2] = "none"; require(process.argv[1]);
      setImmediate(() => setImmediate(() => console.log(Object.keys(require.cache).join("\\n"))))`;
    const main = join(__dirname, "../../dist/client/main.js");
    for (const command of ["ssh", "knock", "proxy", "run"]) {
      const { stdout: loaded } = await lab.controller.exec([
        ...["node", "-e", script.replace("none", command), main],
      ]);
      expect(loaded).toContain(`dist/client/commands/${command}.js`);
      expect(loaded).not.toMatch(/node_modules\/(@pulumi|zod|ssh2)\//);
    }
    const least = async (command: readonly string[]) => {
      const times: number[] = [];
      for (let i = 0; i < 10; i++) {
        const began = performance.now();
        await asUser(lab, command);
        times.push(performance.now() - began);
      }
      return Math.min(...times);
    };
    const [bare, ours] = [await least(["node", "-e", "0"]), await least(["node", main, "proxy"])];
    console.log(`started in ${ours.toFixed(0)} ms, of which node takes ${bare.toFixed(0)} ms`);
    // Where node itself takes longer than 60 ms, the machine is busy with something else.
    expect(ours).toBeLessThan(Math.max(120, 2 * bare));
  });

  test.each([
    ["bash", `COMP_WORDS=(portknock %) COMP_CWORD=@; . "$0"; _portknock; printf '%s\\n' "\${COMPREPLY[@]}"`],
    [
      "zsh",
      'words=(portknock %) CURRENT=$((@+1)); compdef(){ :; }; compadd(){ print -l -- $words_after; }; . "$0"; _portknock',
    ],
    ["fish", 'complete -C "portknock %" | cut -f1'],
  ])("%s completes commands, options and hosts", async (shell, script) => {
    const file = join(lab.dir, `completion.${shell}`);
    await writeFile(file, (await asUser(lab, ["portknock", "completion", shell])).stdout);
    const propose = async (words: string) => {
      const count = String(words.split(" ").length);
      const text = script.replace("%", shell === "fish" ? words : words || "''").replace("@", count);
      const run = shell === "fish" ? ["fish", "-c", `source ${file}; ${text}`] : [shell, "-c", text, file];
      return (await asUser(lab, run)).stdout.split("\n");
    };
    expect(await propose("")).toEqual(expect.arrayContaining(["ssh", "knock", "proxy", "run", "export"]));
    expect(await propose("knock ")).toEqual(expect.arrayContaining(["h1", "--sequence", "192.0.2.11"]));
    expect(await propose("export h1 --format ")).toEqual(expect.arrayContaining(["knockd", "ssh-config"]));
  });
});
