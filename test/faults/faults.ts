import type { Bench, Operation, State } from "./bench";
import { firewallOf, variantOfRun } from "./firewalls";
import {
  closeHost,
  cutSessions,
  endVisit,
  FREE_RUN,
  FREE_STORE,
  fakeClock,
  fillRun,
  fillStore,
  holdLock,
  inspectMark,
  killTimer,
  leaveUnconfirmed,
  nft,
  openHost,
  realClock,
  reset,
  startSshd,
  startVisit,
  stopSshd,
  unreset,
} from "./harm";
import type { Action, Trap } from "./rig";

/** Room on a nearly full disk. A door needs a dozen pages or so in all. */
const PAGES = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12];

const FIREWALL = firewallOf(variantOfRun());

const STEPS = {
  ...FIREWALL.steps,
  arm: "apply/setsid/1",
  /** The rename that confirms. */
  mark: "confirm/mv/1",
};

/** Steps of the controller's, see driver.ts. A host's step is a call of a tool by a script: `apply/mkdir/1`. */
export const CONTROLLER_STEPS = [
  "connect",
  "connected",
  "applied",
  "knock",
  "entered",
  "confirm",
  "confirmed",
  "return",
];

export interface Fault {
  name: string;
  /** At which of an operation's steps it can strike. */
  at: (step: string, operation: Operation) => boolean;
  /** What the tool's stand-in does at a host's step; "stop" hands over to `strike`. */
  action: Action;
  /** Before the tool runs, or after it. */
  place?: "before" | "after";
  /** The faults that follow, on the host: armed with the first one, or when a controller's step is reached. */
  followedBy?: readonly Trap[];
  /** Done once the step is reached. */
  strike?: (bench: Bench) => Promise<void> | void;
  /** Done before the operation. */
  prepare?: (bench: Bench) => Promise<void>;
  /** The controller knocks wrongly once the rules are loaded. */
  isMisknocking?: boolean;
  /** Awaits what else it has begun, and says what went wrong with that. */
  settle?: (bench: Bench) => Promise<string[]>;
  /** Says what of the host is not as it must be, once that has settled in a state; undefined where it is in none. */
  inspect?: (bench: Bench, state: State | undefined) => Promise<string[]>;
  /** Mends what it broke, where that does not mend itself. */
  heal?: (bench: Bench) => Promise<void>;
  /** Changes other rules while the operation runs, which must survive. */
  isForeignChange?: boolean;
  /** The operation is repeated at once, not after the host has settled. */
  isRepeatedAtOnce?: boolean;
  /** The host cannot settle by itself: its timer is gone, and the rollback was refused. */
  isLeft?: boolean;
}

const onController = (step: string) => !step.includes("/");
const onHost = (step: string) => step.includes("/");
/** What setsid runs becomes the timer. */
const hasAfter = (step: string) => onHost(step) && !step.includes("/setsid/");
const everywhere = () => true;

const DAY_MS = 86_400_000;
const kill = (bench: Bench) => bench.driver.kill();
const before = (step: string, action: Action): Trap => ({ place: "before", step, action });
const onApplied = (step: string) => step === "applied";
/** From snapshot to confirm. */
const isBetween = (step: string) =>
  STEPS.loads.test(step) ||
  /^(applied|knock|entered|confirm)$|^apply\/setsid|^confirm\/(flock|mv\/1)/.test(step);

/**
 * Where the host's own chain drops what it does not name: a create has it accept the mark (nft-load/1), loads the rules
 * (nft-load/2), and takes the controller's grant from it.
 */
const MARK_FAULTS: readonly Fault[] = (
  [
    ["apply/nft-load/1", "refuse"],
    ["apply/nft-load/1", "kill-shell"],
    ["apply/nft-load/2", "refuse"],
    ["apply/nft-load/2", "refuse", "apply/nft-load/3"],
    ["apply/nft-load/2", "kill-shell"],
    ["apply/nft-load/3", "kill-session"],
    ["applied", "stop"],
    ["applied", "stop", "rollback/nft-load/1"],
    ["applied", "stop", "rollback/nft-load/2"],
    ["confirm/mv/1", "refuse"],
    ["confirm/mv/1", "kill-shell"],
    ["confirm/mkdir/1", "kill-shell"],
    ["confirm/mv/2", "kill-shell"],
  ] as const
).map(([step, action, second]) => ({
  name: `the host's own chain is closed, ${action} at ${step}${second ? `, then ${second}: refuse` : ""}`,
  at: (one, operation) => operation === "create" && one === step,
  action,
  ...(second && { followedBy: [before(second, "refuse")] }),
  ...(action === "stop" && { strike: kill }),
  prepare: closeHost,
  inspect: inspectMark,
  heal: openHost,
  isForeignChange: true,
}));

export const FAULTS: Fault[] = [
  {
    name: "link down from here on",
    at: everywhere,
    action: "stop",
    strike: ({ rig }) => rig.host.linkDown(),
    heal: ({ rig }) => rig.host.linkUp(),
  },
  {
    name: "replies dropped from here on",
    at: everywhere,
    action: "stop",
    strike: nft("add", "silent"),
    heal: nft("delete", "silent"),
  },
  { name: "controller killed", at: everywhere, action: "stop", strike: kill },
  {
    name: "controller killed, run again at once",
    at: everywhere,
    action: "stop",
    strike: kill,
    isRepeatedAtOnce: true,
  },
  { name: "script's shell killed", at: onHost, action: "kill-shell" },
  { name: "script's shell killed after the call", at: hasAfter, action: "kill-shell", place: "after" },
  { name: "script's session killed", at: onHost, action: "kill-session" },
  { name: "script's session killed after the call", at: hasAfter, action: "kill-session", place: "after" },
  { name: "sshd of the session killed", at: onHost, action: "kill-sshd" },
  { name: "sshd of all sessions killed", at: onController, action: "stop", strike: cutSessions },
  {
    name: "connection reset",
    at: (step) => !/^(connect|confirmed|return)$/.test(step),
    action: "stop",
    strike: reset,
    heal: unreset,
  },
  { name: "tool refuses", at: (step) => onHost(step) && !/\/(cat|sleep)\//.test(step), action: "refuse" },
  {
    name: "foreign rules change, controller killed",
    at: isBetween,
    action: "stop",
    strike: async (bench) => {
      await bench.run(...FIREWALL.addForeign);
      bench.driver.kill();
    },
    heal: (bench) => bench.run(...FIREWALL.removeForeign),
    isForeignChange: true,
  },
  {
    name: "foreign firewall reloaded, controller killed",
    at: (step) => /^(applied|confirm)$/.test(step) || STEPS.loads.test(step),
    action: "stop",
    strike: async (bench) => {
      await bench.reloadForeign();
      bench.driver.kill();
    },
    isForeignChange: true,
  },
  {
    name: "knocks lost on the way once applied",
    at: (step, operation) => onApplied(step) && operation !== "delete",
    action: "stop",
    strike: nft("add", "deaf"),
    heal: nft("delete", "deaf"),
  },
  {
    name: "host's own rules drop SSH once the door is gone",
    at: (step, operation) => onApplied(step) && operation === "delete",
    action: "stop",
    strike: (bench) => bench.run(FIREWALL.dropSsh),
    heal: (bench) => bench.run(FIREWALL.undoDropSsh),
    isForeignChange: true,
  },
  {
    name: "the new sequence is knocked wrongly",
    at: (step, operation) => onApplied(step) && operation !== "delete",
    action: "stop",
    isMisknocking: true,
  },
  {
    name: "another stack applies at the same time",
    at: (step) => !/^(confirmed|return)$/.test(step),
    action: "stop",
    strike: startVisit,
    settle: endVisit,
  },
  {
    name: "controller killed, another stack applies at once",
    at: isBetween,
    action: "stop",
    strike: (bench) => {
      kill(bench);
      startVisit(bench);
    },
    settle: endVisit,
  },
  ...[DAY_MS, -DAY_MS].map(
    (offsetMs): Fault => ({
      name: `the controller's clock jumps by ${offsetMs / DAY_MS} day`,
      at: onController,
      action: "stop",
      strike: ({ driver }) => driver.setClock(offsetMs),
      heal: async ({ driver }) => driver.setClock(0),
    }),
  ),
  ...["+1d", "-1d"].map(
    (offset): Fault => ({
      name: `the host's clock jumps by ${offset}`,
      at: isBetween,
      action: "stop",
      prepare: fakeClock,
      strike: (bench) => bench.run(`echo ${offset} >/etc/faults/clock`),
      heal: realClock,
    }),
  ),
  {
    name: "sshd is down for the second connection",
    at: onApplied,
    action: "stop",
    strike: stopSshd,
    heal: startSshd,
  },
  {
    name: "sshd refuses the second login",
    at: onApplied,
    action: "stop",
    strike: (bench) => bench.run("echo DenyUsers root >>/etc/ssh/sshd_config", "sh /etc/ssh/restart.sh"),
    heal: (bench) => bench.run("sed -i /^DenyUsers/d /etc/ssh/sshd_config", "sh /etc/ssh/restart.sh"),
  },
  {
    name: "lock held by a process that then dies",
    at: (step) => step === "connected",
    action: "stop",
    strike: holdLock,
  },
  {
    name: "no room in /run from here on",
    at: onHost,
    action: "stop",
    strike: (bench) => bench.run(...fillRun(0)),
    heal: (bench) => bench.run(FREE_RUN),
  },
  ...PAGES.map(
    (pages): Fault => ({
      name: `/run with room for ${pages} pages`,
      at: (step) => step === "connected",
      action: "stop",
      strike: (bench) => bench.run(...fillRun(pages)),
      heal: (bench) => bench.run(FREE_RUN),
    }),
  ),
  ...PAGES.map(
    (pages): Fault => ({
      name: `/etc/portknock with room for ${pages} pages`,
      at: (step) => step === "connected",
      action: "stop",
      strike: (bench) => bench.run(...fillStore(pages)),
      heal: (bench) => bench.run(...FREE_STORE),
    }),
  ),
  ...STEPS.rollback.flatMap((step) =>
    (["refuse", "kill-shell"] as const).flatMap((action): Fault[] => [
      {
        name: `no way in, then abort/${step}: ${action}`,
        at: onApplied,
        action: "stop",
        followedBy: [before(`abort/${step}`, action)],
        strike: stopSshd,
        heal: startSshd,
      },
      {
        name: `controller killed, then rollback/${step}: ${action}`,
        at: onApplied,
        action: "stop",
        followedBy: [before(`rollback/${step}`, action)],
        strike: kill,
      },
    ]),
  ),
  {
    name: "controller and timer killed (two faults), run again",
    at: onApplied,
    action: "stop",
    strike: async (bench) => {
      await killTimer(bench);
      kill(bench);
    },
    isRepeatedAtOnce: true,
  },
  ...STEPS.lateLoads.flatMap(({ in: operations, step: load, giveUp }) => [
    ...giveUp.flatMap((step) =>
      (["refuse", "kill-shell"] as const).map(
        (action): Fault => ({
          name: `${load} refused, then apply/${step}: ${action}`,
          at: (one, operation) => one === load && operations.includes(operation),
          action: "refuse",
          followedBy: [before(`apply/${step}`, action)],
        }),
      ),
    ),
    ...giveUp.slice(0, -1).map(
      (step): Fault => ({
        name: `timer killed, ${load} refused, then apply/${step} refused`,
        at: (one, operation) => one === STEPS.armed && operations.includes(operation),
        action: "kill-timer",
        followedBy: [before(load, "refuse"), before(`apply/${step}`, "refuse")],
        isLeft: true,
      }),
    ),
  ]),
  // In an apply that finds an earlier one, the first calls are of its rollback.
  ...STEPS.restores.flatMap((tool): Fault[] => [
    {
      name: `timer killed, no way in, then abort/${tool}/1 refused`,
      at: onApplied,
      action: "stop",
      followedBy: [before(`abort/${tool}/1`, "refuse")],
      strike: async (bench) => {
        await killTimer(bench);
        await stopSshd(bench);
      },
      heal: startSshd,
      isLeft: true,
    },
    {
      name: `an earlier up was killed, and its rollback by ${tool} is refused`,
      at: (one) => one === `apply/${tool}/1`,
      action: "refuse",
      prepare: leaveUnconfirmed("with its timer"),
    },
    {
      name: `an earlier up was killed and its timer, and its rollback by ${tool} is refused`,
      at: (one) => one === `apply/${tool}/1`,
      action: "refuse",
      prepare: leaveUnconfirmed("without its timer"),
      isLeft: true,
    },
  ]),
  {
    name: "an earlier up was killed, and after its rollback no timer can be armed",
    at: (one) => one === STEPS.arm,
    action: "refuse",
    prepare: leaveUnconfirmed("with its timer"),
  },
  {
    name: `confirm cannot be marked, then abort/${STEPS.restores[0]}/1: refuse`,
    at: (one) => one === STEPS.mark,
    action: "refuse",
    followedBy: [before(`abort/${STEPS.restores[0]}/1`, "refuse")],
  },
  ...(["refuse", "kill-shell"] as const).flatMap((action): Fault[] => [
    {
      name: `confirm killed before it persists, then abort/flock/1: ${action}`,
      at: (one) => one === STEPS.mark,
      action: "kill-shell",
      place: "after",
      followedBy: [before("abort/flock/1", action)],
    },
    {
      name: `confirm killed before it persists, then persisting by abort: ${action}`,
      at: (one, operation) => one === STEPS.mark && operation !== "delete",
      action: "kill-shell",
      place: "after",
      followedBy: [before("abort/mv/1", action)],
    },
  ]),
  ...(variantOfRun() === "nftables" ? MARK_FAULTS : []),
];
