import { describe, expect, test, vi } from "vitest";
import type { PortKnockError } from "../../provider/errors";
import type { Change, ConfirmedChange } from "../../provider/host/apply/change";
import { commit } from "../../provider/host/apply/commit";
import type { Session } from "../../provider/host/ssh/session";
import { connectionSchema } from "../../provider/policy/connection";
import { compile } from "../../provider/rules/compile";
import { iptables } from "../../provider/rules/iptables/backend";
import { complete } from "../policy/complete";
import { told } from "../situations";

const knockAndConnect = vi.hoisted(() => vi.fn());
vi.mock("../../provider/host/enter", () => ({ knockAndConnect }));

/** What a script prints between its marks; "cut": its end is not seen. */
type Printed = readonly string[] | "cut";

/** What the host holds when it is read: the rules from before, the new ones, or others. */
const OLD = ["family 4", "rule 4 :PK-0000000000", "persistence none"];
const NEW = ["family 4", "rule 4 :PK-1111111111", "persistence none"];
const OTHER = ["family 4", "persistence none"];
const UNREAD = "error host-unfit the IPv4 filter table cannot be read";
const LOCK = "error script the lock on /run could not be taken";
const NOT_BACK = "error script the rules could not be taken back";
const TAKEN_BACK = "error not-confirmed the rules were taken back already";
const APPLIED = ["applied", "client 192.0.2.7"];

interface Host {
  apply: Printed;
  /** Missing: no fresh connection gets in. */
  confirm?: Printed;
  abort?: Printed;
}

function sessionOf(host: Host): Session {
  return {
    user: "root",
    hostKey: { type: "ssh-ed25519", base64: "AAAA" },
    route: {
      knock: async () => undefined,
      dial: () => Promise.reject(new Error("shut")),
      close: () => undefined,
    },
    roundTripMs: 1,
    run: async (script, output) => {
      const name = /^DOCUMENT4=/m.test(script) ? "apply" : /^REVOKE=/m.test(script) ? "confirm" : "abort";
      const [, nonce] = /^NONCE='?(\w+)/m.exec(script) ?? [];
      const printed = host[name];
      if (printed === undefined) throw new Error(`${name} is not expected`);
      if (printed === "cut") throw new Error("connection lost");
      const lines = [`portknock begin ${nonce}`, ...printed, `portknock end ${nonce}`, ""];
      output.takeStdout(lines.join("\n"));
      return {};
    },
    close: () => undefined,
  };
}

const identity = { id: "1111111111", owner: "acme/web/prod/ssh" };
const ruleset = compile(
  complete({ sequence: [{ protocol: "tcp", port: 7000 }], door: [{ protocol: "tcp", ports: [22] }] }),
  identity,
);

async function commitOn(host: Host): Promise<ConfirmedChange | PortKnockError> {
  const session = sessionOf(host);
  knockAndConnect.mockReset().mockResolvedValueOnce(session);
  if (host.confirm) knockAndConnect.mockResolvedValueOnce(session);
  else knockAndConnect.mockRejectedValueOnce(new Error("shut"));
  const holds = (chain: string) => (observed: ConfirmedChange["observed"]) =>
    observed.ipv4?.includes(chain) === true;
  const change: Change = {
    before: {
      connection: connectionSchema.parse({ host: "192.0.2.1", privateKey: "a key" }),
      knocks: () => [],
    },
    after: { knocks: () => [] },
    families: ["ipv4", "ipv6"],
    identity,
    ...{ backend: iptables, movedFrom: undefined, manageMark: false },
    ruleset,
    fresh: [],
    probe: undefined,
    rollbackAfterSeconds: 60,
    isDone: holds(":PK-1111111111"),
    isUndone: holds(":PK-0000000000"),
    scrub: (text) => text.replaceAll("7000", "<knock 1>"),
  };
  return commit(change).catch((error: PortKnockError) => error);
}

const SECONDS = { seconds: 60 };

/** Each way in which a change can fail, also twice, and what is then said of the host's firewall. */
const FAILED: readonly [name: string, host: Host, state: string][] = [
  ["refused before anything was armed", { apply: [LOCK] }, told("state: unchanged")],
  ["refused, rolled back", { apply: ["error refused IPv6: no"] }, told("state: unchanged")],
  [
    "refused, after an earlier change was taken back",
    { apply: ["earlier rolled back", LOCK] },
    told("state: earlier change rolled back"),
  ],
  [
    "an earlier change cannot be taken back",
    { apply: ["earlier held", "timer left", LOCK] },
    told("state: earlier change held, timer there"),
  ],
  [
    "an earlier change cannot be taken back, and its timer is gone",
    { apply: ["earlier held", "no timer", LOCK] },
    told("state: earlier change held, timer gone"),
  ],
  [
    "refused, and the rollback fails",
    { apply: ["timer left", "error refused IPv6: no"] },
    told("state: rollback failed, timer there", SECONDS),
  ],
  [
    "refused, the rollback fails, and the timer is gone",
    { apply: ["no timer", "error refused IPv6: no"] },
    told("state: rollback failed, timer gone"),
  ],
  ["apply ends unseen", { apply: "cut" }, told("state: unknown", SECONDS)],
  ["apply answers what it never says", { apply: ["bogus"] }, told("state: unknown", SECONDS)],
  ["no way in, taken back", { apply: APPLIED, abort: ["rolled back", ...OLD] }, told("state: rolled back")],
  [
    "no way in, taken back, and then nothing can be read",
    { apply: APPLIED, abort: ["rolled back", UNREAD] },
    told("state: rolled back"),
  ],
  ["no way in, the abort is unseen", { apply: APPLIED, abort: "cut" }, told("state: pending", SECONDS)],
  ["no way in, the abort gets no lock", { apply: APPLIED, abort: [LOCK] }, told("state: pending", SECONDS)],
  [
    "no way in, and the rollback fails",
    { apply: APPLIED, abort: ["timer left", NOT_BACK] },
    told("state: rollback failed, timer there", SECONDS),
  ],
  [
    "no way in, the rollback fails, and the timer is gone",
    { apply: APPLIED, abort: ["no timer", NOT_BACK] },
    told("state: rollback failed, timer gone"),
  ],
  [
    "no way in, and the timer was first",
    { apply: APPLIED, abort: ["not pending", ...OLD] },
    told("state: rolled back"),
  ],
  [
    "no way in, and someone removed the transaction",
    { apply: APPLIED, abort: ["not pending", ...NEW] },
    told("state: applied, nothing pending"),
  ],
  [
    "no way in, and someone flushed the rules",
    { apply: APPLIED, abort: ["not pending", ...OTHER] },
    told("state: neither"),
  ],
  [
    "no way in, nothing pending, and nothing can be read",
    { apply: APPLIED, abort: ["not pending", UNREAD] },
    told("state: nothing pending, unreadable"),
  ],
  [
    "confirm comes too late",
    { apply: APPLIED, confirm: [TAKEN_BACK], abort: ["not pending", ...OLD] },
    told("state: rolled back"),
  ],
  [
    "confirm comes too late, and the rules are the new ones all the same",
    { apply: APPLIED, confirm: [TAKEN_BACK], abort: ["not pending", ...NEW] },
    told("state: applied, nothing pending"),
  ],
  [
    "confirm gets no lock, nor does the abort",
    { apply: APPLIED, confirm: [LOCK], abort: [LOCK] },
    told("state: pending", SECONDS),
  ],
  [
    "confirm and abort end unseen",
    { apply: APPLIED, confirm: "cut", abort: "cut" },
    told("state: unknown", SECONDS),
  ],
  [
    "confirm ends unseen, and the abort gets no lock",
    { apply: APPLIED, confirm: "cut", abort: [LOCK] },
    told("state: unknown", SECONDS),
  ],
  [
    "confirm ends unseen, and the rollback fails",
    { apply: APPLIED, confirm: "cut", abort: ["timer left", NOT_BACK] },
    told("state: rollback failed, timer there", SECONDS),
  ],
  [
    "confirm ends unseen, and was never run",
    { apply: APPLIED, confirm: "cut", abort: ["rolled back", ...OLD] },
    told("state: rolled back"),
  ],
  [
    "confirmed, and then nothing can be read",
    { apply: APPLIED, confirm: ["confirmed", UNREAD] },
    told("state: applied, not read back"),
  ],
  [
    "confirm ends unseen, the abort completes it, and then nothing can be read",
    { apply: APPLIED, confirm: "cut", abort: ["confirmed", UNREAD] },
    told("state: applied, not read back"),
  ],
];

describe("what is said of the host's firewall is so", () => {
  test.each(FAILED)("%s", async (_, host, state) => {
    expect(await commitOn(host)).toMatchObject({ details: { hostState: state } });
  });

  test.each<[name: string, host: Host, unpersisted?: string]>([
    ["confirmed", { apply: APPLIED, confirm: ["confirmed", ...NEW] }],
    [
      "confirmed, not persisted",
      { apply: APPLIED, confirm: ["confirmed", "unpersisted full", ...NEW] },
      "full",
    ],
    ["confirmed unseen, done", { apply: APPLIED, confirm: "cut", abort: ["not pending", ...NEW] }],
    [
      "confirmed unseen, completed by the abort, not persisted",
      { apply: APPLIED, confirm: "cut", abort: ["confirmed", "unpersisted full", ...NEW] },
      "full",
    ],
  ])("%s: no error", async (_, host, unpersisted) => {
    const committed = await commitOn(host);
    expect(committed).toMatchObject({ observed: { ipv4: [":PK-1111111111"] }, persistence: "none" });
    expect((committed as ConfirmedChange).unpersisted).toBe(unpersisted);
  });
});

test("an answer that is none of ours is not passed on as if it were", async () => {
  const error = (await commitOn({ apply: ["applied", "bogus 7000"] })) as PortKnockError;
  const text = JSON.stringify("bogus <knock 1>");
  expect(error.code).toBe("script");
  expect(error.reason).toBe(told("an answer that is none of ours", { script: "apply", line: 2, text }));
  const unknownCode = (await commitOn({ apply: ["error bogus x"] })) as PortKnockError;
  expect(unknownCode.code).toBe("script");
  const both = (await commitOn({ apply: [...APPLIED, LOCK] })) as PortKnockError;
  expect(both.reason).toBe(told("an answer that contradicts itself", { script: "apply" }));
});
