import { beforeAll, describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { connection, isOpen, SEQUENCE, sshDoor, traces } from "./world";

const ROTATED = SEQUENCE.toReversed();
const OWNED = "PORTKNOCK|portknock|PK-";

describe("getting in", () => {
  const { lab, stack, host } = useStack();
  let before: string;

  beforeAll(async () => {
    before = await traces(host);
  });

  const declare = (more: Readonly<Record<string, unknown>>, login: Readonly<Record<string, unknown>> = {}) =>
    stack.declare({
      ssh: sshDoor(lab, host, {
        connection: connection(lab, host, { dialErrorLimit: 2, ...login }),
        ...more,
      }),
    });

  /** Both families' rules, as a backup of the host would hold them. */
  const backUp = () => host.run(["sh", "-c", "iptables-save >/root/4; ip6tables-save >/root/6"]);
  const restore = (edit = "") =>
    host.run(["sh", "-ec", `${edit} iptables-restore </root/4; ip6tables-restore </root/6`]);

  async function failing(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await stack.pulumi(...args, "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    return stdout + stderr;
  }

  test("a key that is not known is refused with its fingerprint, where none may be trusted", async () => {
    await declare({}, { acceptNewHostKey: false });
    const [, fingerprint] = (
      await host.run(["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"])
    ).split(" ");
    expect(await failing("up")).toContain(
      `presents the key ${fingerprint} (ssh-ed25519), which is not known. Host's firewall: unchanged. What to do: compare it`,
    );
    expect(await traces(host)).toBe(before);
    await declare({}, { acceptNewHostKey: false, hostKey: host.hostKey });
    await stack.up();
  });

  test("a host restored from a backup lets in by the sequence before, and is repaired", async () => {
    await backUp();
    await declare({ sequence: ROTATED });
    await stack.up();
    const held = await host.firewall();
    await restore();
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    expect(await stack.refresh()).toContain("missing: ");
    await stack.up();
    expect(await host.firewall()).toEqual(held);
    await stack.refresh("--expect-no-changes");
  });

  test("where nothing gets in, the error lists what was tried", async () => {
    await restore("sed -i s/7001/7999/g /root/4 /root/6;");
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    expect(await failing("refresh")).toContain(
      "knocked: revision 2 of this door's sequence, the sequence that this door had before",
    );
  });

  test("a door whose host is gone for good can be abandoned", async () => {
    await declare(
      { sequence: ROTATED, onUnreachable: "abandon" },
      { knock: [{ protocol: "tcp", port: 7999 }, ...SEQUENCE.slice(1)] },
    );
    await stack.up();
    await host.linkDown();
    await stack.destroy();
    await host.linkUp();
    expect(await stack.doors()).toEqual([]);
    expect(await traces(host)).not.toBe(before);
    await host.run([
      "sh",
      "-c",
      `for tool in iptables ip6tables; do $tool-save | grep -vE '${OWNED}' | $tool-restore; done`,
    ]);
  });
});
