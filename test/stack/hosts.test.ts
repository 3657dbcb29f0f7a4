import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { DEPLOY, type Host, type Lab, OPS } from "../lab/lab";
import { useStack } from "./useStack";
import { connection, prepareHosts, sshDoor, traces } from "./world";

const PASSPHRASE = "correct horse";

interface Kind {
  readonly name: string;
  /** Shell commands that make a lab host one of these. */
  readonly prepare?: string;
  readonly login?: (lab: Lab, host: Host) => Readonly<Record<string, unknown>>;
  readonly port?: number;
}

/** What people have, beside root at port 22 with a key and bash. */
const KINDS: readonly Kind[] = [
  {
    name: "another port, by an IPv6 address",
    prepare: "echo 'Port 2222' >>/etc/ssh/sshd_config",
    login: (_lab, { ipv6 }) => ({ host: ipv6, port: 2222 }),
    port: 2222,
  },
  { name: "a login shell that is not sh", prepare: "sed -i '/^root:/s|[^:]*$|/bin/tcsh|' /etc/passwd" },
  {
    name: "start-up files that print, and a banner",
    prepare: `printf 'echo Welcome; echo portknock end; echo careful >&2\\n' | tee /root/.bashrc /root/.profile >/root/.bash_profile
      echo 'Authorised users only' >/etc/banner
      echo 'Banner /etc/banner' >>/etc/ssh/sshd_config`,
  },
  { name: "a PATH without sbin", prepare: "echo 'SetEnv PATH=/usr/bin:/bin' >>/etc/ssh/sshd_config" },
  {
    name: "busybox alone, beside iptables and (which Debian's lacks) flock",
    prepare: `mkdir /root/bin
      for applet in $(busybox --list); do ln -s "$(command -v busybox)" "/root/bin/$applet"; done
      for tool in flock /usr/sbin/ip*tables*; do ln -s "$(command -v "$tool")" /root/bin/; done
      echo 'SetEnv PATH=/root/bin' >>/etc/ssh/sshd_config`,
  },
  {
    name: "a key with a passphrase",
    login: (lab) => ({ privateKey: locked(lab), privateKeyPassword: PASSPHRASE }),
  },
  {
    name: "keyboard-interactive as the only way in",
    prepare: `sed -i 's/^UsePAM no/UsePAM yes/; s/^PasswordAuthentication.*/PasswordAuthentication no/' /etc/ssh/sshd_config
      printf 'PubkeyAuthentication no\\nKbdInteractiveAuthentication yes\\n' >>/etc/ssh/sshd_config
      printf 'auth required pam_unix.so\\naccount required pam_permit.so\\nsession required pam_permit.so\\n' >/etc/pam.d/sshd`,
    login: () => ({ privateKey: undefined, ...OPS, sudo: true, sudoPassword: OPS.password }),
  },
  {
    name: "sudo that does not ask, though a password is given",
    login: () => ({ ...DEPLOY, sudo: true, sudoPassword: "never asked for" }),
  },
];

function locked(lab: Lab): string {
  const copy = join(lab.dir, "locked");
  execFileSync("cp", [lab.privateKeyFile, copy]);
  execFileSync("ssh-keygen", ["-q", "-p", "-f", copy, "-P", "", "-N", PASSPHRASE]);
  return readFileSync(copy, "utf8");
}

describe("hosts as people have them", () => {
  const { lab, stack } = useStack({ hosts: KINDS.length });
  let before: string[];

  beforeAll(async () => {
    await prepareHosts(
      lab,
      KINDS.map(({ prepare }) => prepare),
    );
    before = await allTraces();
    const doors = KINDS.map(({ login, port = 22 }, index) => {
      const host = lab.host(index + 1);
      const door = [{ protocol: "tcp", ports: [port] }];
      return [
        `h${index + 1}`,
        sshDoor(lab, host, { door, connection: connection(lab, host, login?.(lab, host)) }),
      ] as const;
    });
    await stack.declare(Object.fromEntries(doors));
    await stack.up();
  });

  const allTraces = () => Promise.all(KINDS.map((_, index) => traces(lab.host(index + 1))));

  test.each(KINDS.map(({ name }, index) => ({ name, number: index + 1 })))(
    "$name: the door was seen closed, and open after the knock",
    async ({ number }) => {
      const door = (await stack.doors()).find(({ urn }) => urn.endsWith(`::h${number}`));
      expect(door?.outputs).toMatchObject({ verified: { closedBeforeKnock: true, openAfterKnock: true } });
    },
  );

  test("all of them are read, and found as they should be", async () => {
    expect(await stack.refresh("--expect-no-changes")).toMatch(/\d+ unchanged/);
  });

  test("all of them are as they were found at the end", async () => {
    await stack.destroy();
    await expect.poll(allTraces, { timeout: 10_000 }).toEqual(before);
  });
});
