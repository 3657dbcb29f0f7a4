import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { DEPLOY, type Firewall, OPS } from "../lab/lab";
import { useStack } from "./useStack";
import { sshDoor, traces } from "./world";

describe("ways to log in", () => {
  const { lab, stack, host } = useStack();
  let before: string;
  let held: Firewall;

  beforeAll(async () => {
    before = await traces(host);
  });

  const use = (login: Readonly<Record<string, unknown>>) =>
    stack.declare({ ssh: sshDoor(lab, host, { connection: { host: host.ipv4, ...login } }) });

  test("a password, for ssh and for sudo, makes a door", async () => {
    const { user, password } = OPS;
    await use({ user, password, sudo: true, sudoPassword: password });
    await stack.up();
    held = await host.firewall();
    expect(held.ipv4).toContain("-j PORTKNOCK");
  });

  test("another login alone changes nothing on the host", async () => {
    await use({ user: DEPLOY.user, privateKey: lab.privateKey, sudo: true });
    await stack.up();
    expect(await host.firewall()).toEqual(held);
    await stack.refresh("--expect-no-changes");
  });

  test("an agent lets in too, and the state has no key", async () => {
    const socket = join(lab.dir, "agent");
    lab.controller.spawn(["ssh-agent", "-D", "-a", socket]);
    const environment = { env: { SSH_AUTH_SOCK: socket } };
    const add = () => lab.controller.exec(["ssh-add", lab.privateKeyFile], environment);
    await expect.poll(async () => (await add()).code, { timeout: 5_000 }).toBe(0);
    await use({});
    // The `up` alone needs no host: the credentials are used by what comes next.
    for (const command of ["up", "refresh"]) {
      const done = await stack.exec(["pulumi", command, "--yes", "--skip-preview"], environment);
      expect(done).toMatchObject({ code: 0 });
    }
    expect(JSON.stringify(await stack.export("--show-secrets"))).not.toContain("PRIVATE KEY");
    expect(await host.firewall()).toEqual(held);
  });

  test("a wrong password of sudo is said, and changes nothing", async () => {
    const { user, password } = OPS;
    await use({ user, password, sudo: true, sudoPassword: "not-the-password" });
    await stack.up();
    const { stdout, stderr, code } = await stack.pulumi("refresh", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("check connection.sudoPassword and the user's rights in sudoers");
    // More would lock the account on many a host.
    expect(stdout + stderr).toMatch(/sudo: (1 incorrect password attempt|no password was provided)/);
    expect(await host.firewall()).toEqual(held);
  });

  test("a user who may not become root is told so", async () => {
    await use({ user: OPS.user, privateKey: lab.privateKey });
    await stack.up();
    const { stdout, stderr, code } = await stack.pulumi("refresh", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("not root: log in as root, or set sudo");
    await use({ privateKey: lab.privateKey });
    await stack.up();
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
  });
});
