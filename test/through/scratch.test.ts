import { test } from "vitest";
import { startLab } from "../lab/lab";
import { asUser, closeDoors, configure, makeUser, putDoor, SEQUENCE } from "./world";

test("x", async () => {
  const lab = await startLab();
  const host = lab.host();
  await makeUser(lab);
  await putDoor(host, SEQUENCE);
  const go = async (command: string, env = {}) => {
    await closeDoors(host);
    const s = performance.now();
    const r = await asUser(lab, ["bash", "-c", command], { env });
    console.log(command, Math.round(performance.now() - s), JSON.stringify(r, null, 1));
  };
  await go("portknock ssh h1 --timeout 3");
  await configure(lab, SEQUENCE);
  await go("portknock ssh h1 -- hostname");
  await go("portknock ssh root@192.0.2.11 -- 'echo $SSH_CLIENT; exit 7'");
  await go("portknock ssh root@2001:db8:2::11 'echo $SSH_CLIENT; exit 7'");
  await go("portknock ssh root@h1 -4 'echo $SSH_CLIENT; exit 7'");
  await go("portknock ssh root@h1 -- -4 'echo $SSH_CLIENT; exit 7'");
  await go("ssh -o ProxyCommand='portknock proxy %h %p' root@h1 hostname");
  await go("portknock knock h1 --json");
  await go("portknock knock h1 --json --sequence tcp/1,tcp/2 --timeout 3 --port 22");
  await go("portknock knock h1 --json --sequence tcp/1,tcp/2 --timeout 3");
  await go("portknock run h1 -- sh -c 'nc -z -w1 h1 22; echo $? $PORTKNOCK_ADDRESS; exit 3'");
  await go("script -qec 'portknock knock h1' /dev/null");
  await go("script -qec 'portknock knock h1 --sequence tcp/1 --port 22 --timeout 3' /dev/null");
  await lab.stop();
}, 100000);
