import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Host, type Lab, startLab } from "../lab/lab";
import { told } from "../situations";
import { makeStack, type Stack } from "./stack";
import { sshDoor, webDoor } from "./world";

const owner = (name: string) => `organization/program/test/${name}`;

describe("names of doors, and ports of hosts, in one program", () => {
  let lab: Lab;
  let stack: Stack;
  let host: Host;

  beforeAll(async () => {
    lab = await startLab();
    stack = await makeStack(lab);
    host = lab.host();
  });
  afterAll(() => lab?.stop());

  async function failing(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await stack.pulumi(...args);
    expect(code, stdout).not.toBe(0);
    return stdout + stderr;
  }

  test("two doors for a port are told in the preview", async () => {
    await stack.declare({ ssh: sshDoor(lab, host), web: webDoor(lab, host), second: sshDoor(lab, host) });
    const said = await failing("preview");
    // Pulumi checks the two in either order.
    const reasons = ["ssh", "second"].map((door) =>
      told("a port of two doors of one program", { port: "tcp/22", host: host.ipv4, door: owner(door) }),
    );
    expect(reasons.filter((reason) => said.includes(reason))).toHaveLength(1);
  });

  test("a renamed door: up gives the lines that tell Pulumi so, and with them it is an update", async () => {
    await stack.declare({ ssh: sshDoor(lab, host), web: webDoor(lab, host) });
    await stack.up();
    const held = await host.firewall();
    await stack.declare({ shell: sshDoor(lab, host), web: webDoor(lab, host) });
    // Pulumi asks nothing of the provider about what it is going to delete.
    expect(await stack.preview()).toMatch(/\+ 1 to create\s+- 1 to delete/);
    expect(await failing("up", "--yes", "--skip-preview")).toContain(
      told("a renamed door without aliases", {
        host: host.ipv4,
        owner: owner("ssh"),
        name: "shell",
        former: "ssh",
      }),
    );
    expect(await host.firewall()).toEqual(held);
    const renamed = { ...sshDoor(lab, host), options: { aliases: [{ name: "ssh" }] } };
    await stack.declare({ shell: renamed, web: webDoor(lab, host) });
    expect(await stack.up()).toMatch(/~ 1 updated/);
    expect((await stack.doors()).map(({ urn }) => urn.split("::").at(-1)).sort()).toEqual(["shell", "web"]);
    await stack.refresh("--expect-no-changes");
    await stack.knock("shell");
  });

  test("the former name of a renamed door is not for a new one", async () => {
    const renamed = { ...sshDoor(lab, host), options: { aliases: [{ name: "ssh" }] } };
    const ssh = webDoor(lab, host, { door: [{ protocol: "tcp", ports: [9000] }] });
    await stack.declare({ shell: renamed, web: webDoor(lab, host), ssh });
    expect(await failing("preview")).toContain(
      told("the former name of a renamed door", { former: owner("ssh"), door: owner("shell") }),
    );
    await stack.declare({ shell: renamed, web: webDoor(lab, host) });
    await stack.up();
  });

  test("a port of another stack's door", async () => {
    const other = await makeStack(lab);
    // A project of its own has owners of its own.
    await other.exec(["sed", "-i", "s/^name: .*/name: elsewhere/", "Pulumi.yaml"]);
    await other.must("stack", "init", "test");
    await other.declare({
      web: webDoor(lab, host, {
        connection: { ...sshDoor(lab, host).connection, knock: sshDoor(lab, host).sequence },
      }),
    });
    const { stdout, stderr } = await other.pulumi("up", "--yes", "--skip-preview");
    expect(stdout + stderr).toContain(told("a port that another stack's door has"));
    await stack.destroy();
  });
});
