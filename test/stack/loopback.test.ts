import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PolicyArgs } from "../../provider/policy/types";
import { type Host, type Lab, startLab } from "../lab/lab";
import { ACCOUNT, Scripts } from "./scripts";

const KNOCK = 7_021;
const DATAGRAM = 8_021;
/** One knock, which is among those that the account tries. */
const POLICY: PolicyArgs = {
  sequence: [{ protocol: "tcp", port: KNOCK }],
  door: [{ protocol: "tcp", ports: [8080] }],
  openForSeconds: 600,
};

/** Only its own source is granted. */
const DOOR_SEEN = `door ${KNOCK}\ntried\n`;

/** Tries each port, from 127.0.0.0/8 by a source of its own; sees by the list, or by the door, which one was right. */
const ORACLE = `
port=$1
while [ $port -le $2 ]; do
  case $3 in 127.*) from=127.64.0.$((port - $1 + 1)) ;; *) from=$3 ;; esac
  nc -z -w 1 -s $from $3 $port
  if nc -z -w 1 -s $from $3 8080; then echo "door $port"; fi
  if grep -q src= $4 2>/dev/null; then echo "list $port"; fi
  port=$((port + 1))
done
echo tried`;

describe.each(["nf_tables", "legacy"] as const)(
  "an account that knocks at its own host, with %s",
  (variant) => {
    let lab: Lab;
    let host: Host;
    let scripts: Scripts;

    beforeAll(async () => {
      lab = await startLab({ variant });
      host = lab.host();
      scripts = new Scripts(host);
    });
    afterAll(() => lab?.stop());

    const attack = (to: string, first = KNOCK) => {
      const list = scripts.list("open", to.includes(":") ? 6 : 4);
      return host.run([...ACCOUNT, "bash", "-c", ORACLE, "bash", String(first), String(KNOCK + 1), to, list]);
    };
    const entries = async () =>
      (await host.run(["sh", "-c", "cat /proc/net/xt_recent/pk*-open"])).match(/src=\S+/g) ?? [];

    test("learns nothing, by whichever address", async () => {
      await scripts.make(POLICY);
      for (const to of ["127.0.0.1", "::1", host.ipv4, host.ipv6])
        expect(await attack(to, KNOCK - 1), to).toBe("tried\n");
      expect(await entries()).toEqual([]);
      // The door is there for who comes from outside.
      await lab.controller.exec(["nc", "-z", "-w", "1", host.ipv4, "7021"]);
      expect(await entries()).toEqual([`src=${lab.controller.ipv4}`]);
      expect((await lab.controller.exec(["nc", "-z", "-w", "1", host.ipv4, "8080"])).code).toBe(0);
    });

    test("is remembered on no list, so it pushes out nobody who is under way", async () => {
      await scripts.make({
        ...POLICY,
        sequence: [
          { protocol: "tcp", port: KNOCK },
          { protocol: "tcp", port: 7_022 },
        ],
      });
      await lab.controller.exec(["nc", "-z", "-w", "1", host.ipv4, String(KNOCK)]);
      for (const to of ["127.0.0.1", "::1", host.ipv4, host.ipv6]) await attack(to);
      const known = await host.run(["sh", "-c", "cat /proc/net/xt_recent/pk[46]-known*"]);
      expect(known.match(/src=\S+/g)).toEqual([`src=${lab.controller.ipv4}`]);
    });

    /** The host's own broadcasts come back by the interface by which they went out. */
    const shout = async () => {
      const port = String(DATAGRAM);
      for (const words of [
        ["-b", "192.0.2.255", port],
        ["-s", host.ipv4, "224.0.0.1", port],
        ["-6", "ff02::1%eth0", port],
      ])
        await host.run([...ACCOUNT, "nc", "-u", "-w", "1", ...words], { input: "x" });
    };

    test.each([{}, { interface: "eth0" }])("nor by broadcast or multicast, with %j", async (change) => {
      const policy: PolicyArgs = { ...POLICY, sequence: [{ protocol: "udp", port: DATAGRAM }], ...change };
      await scripts.make(undefined);
      await scripts.make(policy);
      await shout();
      expect(await entries()).toEqual([]);
      if (policy.interface !== undefined) return;
      // So they would be heard.
      await scripts.make({ ...policy, loopbackKnocks: true });
      await shout();
      expect(await entries()).toEqual([`src=${host.ipv4}`, expect.stringMatching(/^src=fe80:/)]);
    });

    test("may, where the policy says so, or the door stands at lo", async () => {
      for (const change of [
        { loopbackKnocks: true },
        { interface: "lo" },
        { interface: "l+", loopbackKnocks: true },
      ]) {
        await scripts.make(undefined);
        await scripts.make({ ...POLICY, ...change });
        expect(await attack("127.0.0.1")).toBe(DOOR_SEEN);
        expect(await entries()).toEqual(["src=127.64.0.1"]);
      }
    });

    test("does not where lo is one of several interfaces", async () => {
      await scripts.make(undefined);
      await scripts.make({ ...POLICY, interface: "l+" });
      expect(await attack("127.0.0.1")).toBe("tried\n");
      expect(await entries()).toEqual([]);
    });
  },
);
