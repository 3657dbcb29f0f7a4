import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Host, type Lab, startLab } from "../lab/lab";
import { makeStack, type Stack } from "../stack/stack";
import { isOpen, sshDoor, webDoor } from "../stack/world";

/** Published by a container, beside the lab host's own web server on 8080. */
const PORT = 9090;

describe("a host with Docker", () => {
  let lab: Lab;
  let stack: Stack;
  let host: Host;
  let script: string;

  const docker = (...args: string[]) =>
    host.run(["env", "DOCKER_HOST=unix:///run/docker-lab/socket", "docker", ...args]);
  const dockerd = (command: string) => host.run(["sh", "-c", script, "dockerd.sh", command]);
  const isPublished = () => isOpen(lab, host.ipv4, PORT);
  const settled = (state: boolean) => expect.poll(isPublished, { timeout: 15_000 }).toBe(state);

  /** A container's port: packets for it pass through the host, by Docker's own chain. */
  const containerDoor = () =>
    webDoor(lab, host, {
      door: [{ protocol: "tcp", ports: [PORT] }],
      chain: "DOCKER-USER",
      interface: "eth0",
      families: ["ipv4"],
    });

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    script = await readFile(join(__dirname, "dockerd.sh"), "utf8");
    stack = await makeStack(lab);
    await dockerd("start");
    await dockerd("image");
    await docker(
      ...["run", "--detach", "--name", "web", "--restart", "always", "--publish", `0.0.0.0:${PORT}:80`],
      ...["web", "/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/www"],
    );
  });
  afterAll(async () => {
    await docker("rm", "--force", "web").catch(() => undefined);
    await dockerd("stop").catch(() => undefined);
    await dockerd("tidy").catch(() => undefined);
    await lab?.stop();
  });

  test("a published port is closed, and opens to the knock", async () => {
    await settled(true);
    const before = await host.firewall();
    await stack.declare({ web: containerDoor() });
    await stack.up();
    await settled(false);
    await stack.knock("web");
    expect(await isPublished()).toBe(true);
    await settled(false);
    await stack.destroy();
    expect(await host.firewall()).toEqual(before);
    await settled(true);
  });

  test("a restart of dockerd, and one of the container, keep the door", async () => {
    await stack.declare({ ssh: sshDoor(lab, host), web: containerDoor() });
    await stack.up();
    await settled(false);
    await dockerd("stop");
    await dockerd("start");
    await expect.poll(() => docker("ps"), { timeout: 15_000 }).toContain("Up ");
    await docker("restart", "--time", "0", "web");
    await stack.refresh("--expect-no-changes");
    expect(await isPublished()).toBe(false);
    await stack.knock("web");
    expect(await isPublished()).toBe(true);
    await settled(false);
  });
});
