import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Host, type Lab, startLab } from "../lab/lab";
import { told } from "../situations";
import { installPacked } from "./checkout";
import { generateSdk, pythonSdk } from "./languages/python";
import { commandPlugin } from "./plugin";
import { REPOSITORY, Stack } from "./stack";
import { isOpen, traces } from "./world";

const EXAMPLES = readdirSync(join(REPOSITORY, "examples")).map((name) => `examples/${name}`);

describe("an example, copied out of the repository", () => {
  let lab: Lab;
  let host: Host;
  let state: string;
  let before: string;
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "portknock-examples."));
    await installPacked(scratch);
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  // Hosts for each: those of an example that failed have its doors.
  beforeEach(async () => {
    lab = await startLab({ hosts: 2 });
    host = lab.host();
    // What dockerd would have made; test/docker has a real one.
    for (const tool of ["iptables", "ip6tables"])
      await host.run(["sh", "-ec", `${tool} -N DOCKER-USER; ${tool} -I FORWARD -j DOCKER-USER`]);
    before = await traces(host);
    state = await mkdtemp(join(lab.dir, "state."));
  });
  afterEach(() => lab?.stop());

  /** A copy of an example, beside the packed package and what the example needs. */
  async function copyOut(folder: string): Promise<Stack> {
    const project = join(await mkdtemp(join(lab.dir, "example.")), "project");
    await cp(join(REPOSITORY, folder), project, { recursive: true });
    await symlink(join(scratch, "node_modules"), join(project, "node_modules"));
    return new Stack(lab, project, state);
  }

  const inTypeScript = EXAMPLES.filter((folder) => existsSync(join(REPOSITORY, folder, "tsconfig.json")));

  test.each(inTypeScript)("%s type-checks", async (folder) => {
    const { project } = await copyOut(folder);
    const { stdout, code } = await new Stack(lab, project, state).exec(["npx", "tsc", "--noEmit"]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
  });

  /** An example's whole life; `use` is what a user does with it once it is up, and its door is closed. */
  async function live(
    folder: string,
    config: (stack: Stack) => Promise<void>,
    use: (stack: Stack) => Promise<void> = async () => undefined,
    port = 22,
  ): Promise<void> {
    const stack = await copyOut(folder);
    await stack.must("stack", "init", "lab");
    await config(stack);
    expect(await stack.preview()).toMatch(/--(dport|ctorigdstport) <knock 1>/);
    await stack.up();
    await expect.poll(() => isOpen(lab, host.ipv4, port), { timeout: 90_000 }).toBe(false);
    await use(stack);
    await stack.up("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
    await stack.must("stack", "rm", "--yes");
  }

  /** A secret as a user sets it: on stdin, so that it is in no shell's history. */
  async function setSecret(stack: Stack, key: string, value: string, ...flags: string[]): Promise<void> {
    const command = ["pulumi", "config", "set", "--secret", ...flags, key];
    expect(await stack.exec(command, { input: value })).toMatchObject({ code: 0 });
  }

  async function hostAndKey(stack: Stack): Promise<void> {
    await stack.must("config", "set", "host", host.ipv4);
    await setSecret(stack, "privateKey", lab.privateKey);
  }

  test("examples/single-host lives", async () => {
    await live("examples/single-host", hostAndKey);
  });

  test("examples/from-config lives", async () => {
    await live("examples/from-config", async (stack) => {
      const set = (path: string, value: string) => stack.must("config", "set", "--path", path, value);
      await set("hosts.web.host", host.ipv4);
      await set("hosts.web.door[0].protocol", "tcp");
      await set("hosts.web.door[0].ports[0]", "22");
      await setSecret(stack, "privateKey", lab.privateKey);
    });
  });

  test("examples/from-config tells which host its configuration does not name", async () => {
    const stack = await copyOut("examples/from-config");
    await stack.must("stack", "init", "nohost");
    await setSecret(stack, "privateKey", lab.privateKey);
    const said = async () => {
      const { stdout, stderr, code } = await stack.pulumi("preview");
      expect(code).not.toBe(0);
      return stdout + stderr;
    };
    // Pulumi's own command cannot set an object without fields.
    const empty = await stack.exec(["sh", "-c", "echo '  from-config:hosts: {}' >>Pulumi.nohost.yaml"]);
    expect(empty.code).toBe(0);
    const none = await said();
    expect(none).toContain(told("a configuration that names no host"));
    expect(none).not.toMatch(/^ +at /m);
    await stack.must("config", "set", "--path", "hosts.db.port", "22");
    await stack.must("config", "set", "--path", "hosts.shop.user", "ops");
    const values = { names: "db, shop", first: "db" };
    expect(await said()).toContain(told("a configuration with hosts without addresses", values));
    await stack.must("stack", "rm", "--yes");
  });

  /** The client's configuration, as an example's README has a user write it. */
  async function configureClient(stack: Stack): Promise<void> {
    expect(await stack.exec(["npx", "portknock", "config"])).toMatchObject({ code: 0 });
  }

  const LOGIN = ["StrictHostKeyChecking no", "UserKnownHostsFile /dev/null", "LogLevel ERROR"];

  /** A command as a user would type it; $SSH_OPTIONS log in to the lab's hosts. */
  const shell = (stack: Stack, command: string) => {
    const options = LOGIN.map((line) => `-o ${line.replace(" ", "=")}`).join(" ");
    return stack.exec(["sh", "-ec", command], {
      env: { SSH_OPTIONS: `-i ${lab.privateKeyFile} ${options}` },
    });
  };

  async function expectLogin(stack: Stack, name: string, hostname: string): Promise<void> {
    const { stdout, stderr } = await shell(stack, `portknock ssh root@${name} -- $SSH_OPTIONS hostname`);
    expect(stdout, stderr).toBe(hostname);
  }

  test("examples/web-admin lives, and the page is there for who knocks", async () => {
    await live(
      "examples/web-admin",
      hostAndKey,
      async (stack) => {
        await configureClient(stack);
        const url = `http://${host.ipv4}:8080/`;
        expect((await shell(stack, `busybox wget -qO- ${url}`)).stderr).toContain("Connection refused");
        const run = await shell(stack, `portknock run ${host.ipv4} --port 8080 -- busybox wget -qO- ${url}`);
        expect(run).toEqual({ stdout: "h1\n", stderr: "", code: 0 });
      },
      8080,
    );
  });

  test("examples/docker lives: its door is in DOCKER-USER", async () => {
    await live(
      "examples/docker",
      hostAndKey,
      async () => {
        const { ipv4, ipv6 } = await host.firewall();
        for (const rules of [ipv4, ipv6])
          expect(rules).toContain("-A DOCKER-USER -m comment --comment portknock");
      },
      8443,
    );
  });

  test("examples/bastion lives, and its user gets in", async () => {
    const bastion = lab.host(2);
    const bastionBefore = await traces(bastion);
    await live(
      "examples/bastion",
      async (stack) => {
        await stack.must("config", "set", "bastion", bastion.ipv4);
        await stack.must("config", "set", "host", host.ipv4);
        await setSecret(stack, "privateKey", lab.privateKey);
      },
      async (stack) => {
        await expect.poll(() => isOpen(lab, bastion.ipv4), { timeout: 15_000 }).toBe(false);
        await configureClient(stack);
        // A jump takes a file from ssh, and no options.
        const logins = LOGIN.map((line) => `  ${line}\n`).join("");
        await writeFile(
          join(stack.project, "config"),
          `Host *\n  IdentityFile ${lab.privateKeyFile}\n${logins}`,
        );
        await shell(stack, `portknock export ${bastion.ipv4} --format ssh-config >>config`);
        const ssh = "ssh -F config";
        expect((await shell(stack, `${ssh} root@${bastion.ipv4} hostname`)).stdout).toBe("h2\n");
        const inner = `portknock export ${host.ipv4} --format shell | ${ssh} root@${bastion.ipv4} sh
          ${ssh} -J root@${bastion.ipv4} root@${host.ipv4} hostname`;
        const { stdout, stderr } = await shell(stack, inner);
        expect(stdout, stderr).toBe("h1\n");
      },
    );
    await expect.poll(() => traces(bastion), { timeout: 10_000 }).toBe(bastionBefore);
  });

  test("examples/fleet lives, and its user gets in by the hosts' names", async () => {
    const other = lab.host(2);
    const otherBefore = await traces(other);
    await live(
      "examples/fleet",
      async (stack) => {
        const set = (path: string, value: string) => stack.must("config", "set", "--path", path, value);
        await set("hosts.web1.connection.host", host.ipv4);
        await set("hosts.web2.connection.host", other.ipv4);
        await set("hosts.web2.openForSeconds", "4");
        await setSecret(stack, "privateKey", lab.privateKey);
      },
      async (stack) => {
        await stack.must("config", "set", "--path", "canary[0]", "web2");
        await expect.poll(() => isOpen(lab, other.ipv4), { timeout: 15_000 }).toBe(false);
        await configureClient(stack);
        for (const [name, hostname] of Object.entries({ web1: "h1\n", web2: "h2\n" })) {
          await expectLogin(stack, name, hostname);
        }
      },
    );
    await expect.poll(() => traces(other), { timeout: 10_000 }).toBe(otherBefore);
  });

  test("examples/yaml lives, and its user gets in", async () => {
    await live("examples/yaml", hostAndKey, async (stack) => {
      await configureClient(stack);
      await expectLogin(stack, host.ipv4, "h1\n");
    });
  });

  test("examples/python lives, and its user gets in", async () => {
    const environment = await pythonSdk();
    const sdk = join(lab.dir, "python-sdk");
    await generateSdk(environment, sdk);
    process.env.PATH = [join(environment, "bin"), process.env.PATH].join(delimiter);
    process.env.PYTHONPATH = sdk;
    await live(
      "examples/python",
      async (stack) => {
        await stack.must("config", "set", "--path", "hosts[0]", host.ipv4);
        await setSecret(stack, "privateKey", lab.privateKey);
      },
      async (stack) => {
        await configureClient(stack);
        await expectLogin(stack, "web1", "h1\n");
      },
    );
  });

  const plugin = commandPlugin();
  test.skipIf(plugin === undefined)("examples/behind-the-door lives, and its command gets in", async () => {
    await live("examples/behind-the-door", hostAndKey, async (stack) => {
      expect(await host.run(["cat", "/root/message"])).toBe("hello\n");
      await stack.must("config", "set", "message", "hello again");
      await stack.up();
      expect(await host.run(["cat", "/root/message"])).toBe("hello again\n");
      expect((await stack.must("stack", "output", "said")).trim()).toBe("hello again");
      const { deployment } = await stack.export();
      const opened = deployment.resources?.find(({ type }) => type.endsWith(":OpenDoor"));
      expect(JSON.stringify(opened?.outputs?.sequence)).not.toMatch(/"port":\d/);
      await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 15_000 }).toBe(false);
    });
  });

  test("every example is run here, and has a README of a screen", () => {
    // What a pipeline runs has a file of its own.
    const files = ["examples.test.ts", "pipelines.test.ts", "regions.test.ts", "quickstart.test.ts"];
    const tests = files.map((file) => readFileSync(join(__dirname, file), "utf8"));
    for (const example of EXAMPLES) {
      // The language host of the lab runs no packs: test/resource/organisation.test.ts has the checks.
      if (example === "examples/policy-pack") continue;
      expect(tests.join(), example).toContain(`"${example} lives`);
      const lines = readFileSync(join(REPOSITORY, example, "README.md"), "utf8").split("\n").length;
      expect(lines, example).toBeLessThan(40);
    }
  });
});
