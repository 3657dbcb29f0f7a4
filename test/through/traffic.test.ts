import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Forgery, startForging } from "../lab/forge";
import { type Host, type Lab, startLab } from "../lab/lab";
import { asUser, closeDoors, makeUser, putDoor } from "./world";

const SEQUENCE = "tcp/61873,udp/62941";
/** Of real-time media, a packet each 30 ms. */
const MEDIA = { port: 5004, perSecond: 33 };

describe("a host that is also sent other packets by whoever knocks", () => {
  let lab: Lab;
  let traffic: Forgery;
  let host: Host;

  beforeAll(async () => {
    lab = await startLab({ hosts: 2 });
    host = lab.host();
    await makeUser(lab);
    await putDoor(host, SEQUENCE);
    await putDoor(lab.host(2), SEQUENCE, { ignore: [{ protocol: "udp", ports: [MEDIA.port] }] });
  });
  afterAll(() => lab?.stop());

  /** How many of five commands came through. */
  async function openings(at: Host): Promise<number> {
    traffic = startForging(lab, at.ipv4, MEDIA.perSecond, MEDIA.port);
    let count = 0;
    for (let time = 0; time < 5; time++) {
      await closeDoors(at);
      const args = ["--sequence", SEQUENCE, "--port", "22", "--timeout", "3"];
      const { stderr, code } = await asUser(lab, ["portknock", "knock", at.ipv4, ...args]);
      if (code === 0) count++;
      else expect(stderr).toContain("name its ports in the door's `ignore`");
    }
    expect(await traffic.stop()).toBeGreaterThan(0.8 * MEDIA.perSecond);
    return count;
  }

  test("where it counts as knocks, each resets the sequence, and the client names that cause", async () => {
    const count = await openings(host);
    console.log(`opened ${count} times of 5`);
    expect(count).toBeLessThan(5);
  });

  test("with its port in `ignore`, every knock opens", async () => {
    expect(await openings(lab.host(2))).toBe(5);
  });
});
