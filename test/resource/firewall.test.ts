import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { doorOf } from "../../provider/door/door";
import type { Properties } from "../../provider/door/properties";
import { type ErrorCode, PortKnockError } from "../../provider/errors";
import type { Change, ConfirmedChange } from "../../provider/host/apply/change";
import { documentsIn } from "../../provider/host/apply/documents";
import { type HostState, stateText } from "../../provider/host/states";
import * as portKnock from "../../provider/resource/lifecycle";
import { ruleChanges } from "../../provider/resource/ruleChanges";
import { settled } from "../../provider/resource/settled";
import type { Observed } from "../../provider/rules/backend";
import { iptables } from "../../provider/rules/iptables/backend";
import { nftables } from "../../provider/rules/nftables/backend";
import { heldByNft } from "../rules/heldByNft";
import { held } from "../rules/observed";
import { inputs } from "./inputs";

/** Which firewall does not work on the host, and in which state the refusal leaves it. */
type Unfit = {
  [backend: string]: { code: ErrorCode; reason: string; state: HostState; phase?: string; remedy?: string };
};

const host = vi.hoisted(() => ({ unfit: {} as Unfit, observed: {} as Observed, asked: [] as string[] }));

function snapshot(): ConfirmedChange {
  return {
    observed: host.observed,
    persistence: "systemd",
    warnings: [],
    unused: {},
    hostKey: "ssh-ed25519 A",
  };
}
vi.mock("../../provider/host/apply/commit", () => ({
  commit: async ({ backend, ruleset, movedFrom, isUndone }: Change) => {
    host.asked.push(movedFrom ? `${backend.name} from ${movedFrom.name}` : backend.name);
    const refusal = host.unfit[backend.name];
    if (refusal)
      throw new PortKnockError(refusal.code, refusal.reason, {
        ...{ host: "192.0.2.11", phase: refusal.phase ?? "applying", hostState: stateText(refusal.state) },
        ...(refusal.remedy && { remedy: refusal.remedy }),
      });
    if (movedFrom) expect(isUndone(host.observed)).toBe(true);
    host.observed =
      ruleset === undefined ? {} : backend.name === "nftables" ? heldByNft(ruleset) : held(ruleset);
    return snapshot();
  },
}));
vi.mock("../../provider/host/apply/snapshot", () => ({ observe: async () => snapshot() }));

beforeEach(() => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
  Object.assign(host, { unfit: {}, observed: {}, asked: [] });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const LACKS = "IPv4: iptables or the kernel lacks recent";
const unfit = (reason = LACKS, state: HostState = { kind: "unchanged" }, code: ErrorCode = "host-unfit") => ({
  ...{ code, reason, state },
});

async function checked(given: object, olds: Properties = {}): Promise<Properties> {
  const { inputs: news, failures } = await portKnock.check(olds, { ...inputs, ...given });
  expect(failures ?? []).toEqual([]);
  return news;
}

const created = async (given: object = {}) =>
  (await portKnock.create(await checked(given))).outs as Properties;

describe("check", () => {
  test.each([
    ["auto, nothing is known", {}, {}, undefined],
    ["asked for", { backend: "nftables" }, {}, "nftables"],
    ["auto, read back before", {}, { firewall: "nftables" }, "nftables"],
    ["asked for another than before", { backend: "iptables" }, { firewall: "nftables" }, "iptables"],
    [
      "another host",
      { connection: { ...inputs.connection, host: "192.0.2.12" } },
      { firewall: "nftables" },
      undefined,
    ],
  ])("%s", async (_name, given, before, firewall) => {
    const first = await checked({});
    const news = await checked(given, { ...first, ...before });
    expect(news.firewall).toBe(firewall);
    expect(String((news.rules as string[])[0])).toMatch(firewall === "nftables" ? /^add / : /^-I INPUT/);
  });

  test.each([
    [{ acceptMark: 3 }, /acceptMark: must be one bit/],
    [{ acceptMark: 2 ** 32 }, /acceptMark: must be/],
    [{ backend: "pf" }, /backend: must be "auto", "iptables" or "nftables"/],
    [
      { backend: "iptables", acceptMark: 2, manageMark: true },
      /^acceptMark: must not be given.*,manageMark: must not be given/,
    ],
    [{ manageMark: "yes" }, /manageMark: must be true or false/],
    [
      { backend: "nftables", chain: "DOCKER-USER", interface: "eth0" },
      /chain: must be "FORWARD" with nftables/,
    ],
  ])("refuses %j", async (given, message) => {
    const { failures } = await portKnock.check({}, { ...inputs, ...given });
    expect(failures?.map(({ reason }) => reason).join()).toMatch(message);
  });
});

describe("create", () => {
  test.each([
    ["iptables works", {}, {}, ["iptables"], "iptables", /^iptables works/],
    ["it does not", {}, { iptables: unfit() }, ["iptables", "nftables"], "nftables", /lacks recent$/],
    [
      "rolled back",
      {},
      { iptables: unfit(LACKS, { kind: "rolled back" }) },
      ["iptables", "nftables"],
      "nftables",
      /lacks/,
    ],
    [
      "asked for",
      { backend: "nftables" },
      { iptables: unfit() },
      ["nftables"],
      "nftables",
      /^`backend` asks/,
    ],
  ])("%s", async (_name, given, refusals, asked, firewall, reason) => {
    Object.assign(host.unfit, refusals);
    expect(await created(given)).toMatchObject({ firewall, firewallReason: expect.stringMatching(reason) });
    expect(host.asked).toEqual(asked);
  });

  const docker = { chain: "DOCKER-USER", interface: "eth0" };
  test.each<[string, object, Unfit, string[], RegExp]>([
    ["asked for", { backend: "iptables" }, { iptables: unfit() }, ["iptables"], /lacks recent/],
    [
      "another error",
      {},
      { iptables: unfit("no", { kind: "unchanged" }, "refused") },
      ["iptables"],
      /: no\./,
    ],
    [
      "the login",
      {},
      { iptables: { ...unfit("no cipher in common"), phase: "connecting" } },
      ["iptables"],
      /no cipher in common\./,
    ],
    [
      "a rollback failed",
      {},
      { iptables: unfit(LACKS, { kind: "no timer" }) },
      ["iptables"],
      /lacks recent\./,
    ],
    ["nftables cannot say it", docker, { iptables: unfit() }, ["iptables"], /lacks recent\./],
    [
      "neither works",
      {},
      { iptables: unfit(), nftables: unfit("no nft") },
      ["iptables", "nftables"],
      /lacks recent\. Nor does nftables work there: no nft/,
    ],
    [
      "neither is installed",
      {},
      {
        iptables: { ...unfit("iptables is missing: install iptables"), remedy: "take nftables" },
        nftables: unfit("nft is missing: install nftables"),
      },
      ["iptables", "nftables"],
      /install nftables\. Host's firewall: unchanged\.$/,
    ],
    [
      "both for one reason",
      {},
      { iptables: unfit("no root"), nftables: unfit("no root") },
      ["iptables", "nftables"],
      /: no root\. Host's/,
    ],
  ])("fails: %s", async (_name, given, refusals, asked, message) => {
    Object.assign(host.unfit, refusals);
    await expect(created(given)).rejects.toThrow(message);
    expect(host.asked).toEqual(asked);
  });
});

describe("a door that auto put into nftables", () => {
  const life = async () => {
    host.unfit.iptables = unfit();
    const state = await created();
    host.asked = [];
    return { first: await checked({}), state };
  };

  test("stays as it is while nothing changes, before and after a refresh", async () => {
    const { first, state } = await life();
    expect(first.firewall).toBeUndefined();
    expect(await portKnock.diff("id", state, await checked({}, first))).toMatchObject({ changes: false });
    const { inputs: read, props } = await portKnock.read("id", state);
    expect(read?.firewall).toBe("nftables");
    const again = await checked({}, read);
    expect(again.rules).toEqual(state.rules);
    expect(await portKnock.diff("id", props as Properties, again)).toMatchObject({ changes: false });
  });

  test("is changed, moved and removed there", async () => {
    const { first, state } = await life();
    const news = await checked({ openForSeconds: 9 }, first);
    expect(ruleChanges(state, settled(state, news))).toMatch(/^acme\/web\/prod\/ssh: \d+ rules? change/);
    const { outs } = await portKnock.update("id", state, news);
    expect(outs).toMatchObject({ firewall: "nftables", firewallReason: state.firewallReason });
    host.unfit = {};
    const moved = await portKnock.update(
      "id",
      outs as Properties,
      await checked({ backend: "iptables" }, news),
    );
    expect(moved.outs).toMatchObject({ firewall: "iptables", firewallReason: "`backend` asks for it" });
    await portKnock.delete("id", moved.outs as Properties);
    expect(host.asked).toEqual(["nftables", "iptables from nftables", "iptables"]);
  });

  test("an update that it cannot have fails before the host is asked", async () => {
    const { first, state } = await life();
    const news = await checked({ chain: "DOCKER-USER", interface: "eth0" }, first);
    await expect(portKnock.update("id", state, news)).rejects.toThrow(
      /chain: must be "FORWARD" with nftables/,
    );
    expect(host.asked).toEqual([]);
  });
});

test("each backend reads its own lines alone, and is given its own documents", async () => {
  const door = doorOf({ ...(await checked({})), doorId: "0123456789" });
  if (door === undefined) throw new Error("something is unknown");
  const { ruleset, secrets } = door;
  const [one, other] = [held(ruleset), heldByNft(ruleset)];
  const both = { ipv4: [...one.ipv4, ...other.ipv4], ipv6: [...other.ipv6, ...one.ipv6] };
  for (const [backend, own] of [
    [iptables, one],
    [nftables, other],
  ] as const) {
    expect(backend.compare(ruleset, secrets, both)).toMatchObject({ isEqual: true, isPresent: true });
    expect(backend.doorSizes(both)).toEqual(backend.doorSizes(own));
    const stored = [
      ...both.ipv4.map((line) => `stored 4 ${line}`),
      ...both.ipv6.map((line) => `stored 6 ${line}`),
    ];
    const reading = backend.readStatus(both, stored);
    expect(reading.ids).toEqual(["0123456789"]);
    expect(reading.driftOf("0123456789")).toEqual([]);
  }
  const change = { ruleset, manageMark: true };
  expect(documentsIn({ ...change, backend: iptables })).toMatchObject({
    BACKEND: "iptables",
    DOCUMENTN: "",
    MARK: "",
    MANAGE_MARK: "",
  });
  expect(documentsIn({ ...change, backend: nftables })).toMatchObject({
    DOCUMENT4: "",
    DOCUMENT6: "",
    MARK: "0x40000000",
    MANAGE_MARK: "yes",
  });
  expect(documentsIn({ backend: nftables, ruleset: undefined, manageMark: true })).toEqual({
    ...{ BACKEND: "nftables", DOCUMENT4: "", DOCUMENT6: "", DOCUMENTN: "", MARK: "", MANAGE_MARK: "" },
  });
});
