import { portRanges } from "../../provider/policy/ports";
import type { Policy, Sequence, Service, Step } from "../../provider/policy/types";
import { onAttempt } from "../../provider/rules/automaton";
import type { Salvo, Shot } from "./inject";
import { judge } from "./judge";
import type { Random } from "./random";

const LONGEST_MS = 7_000;
const PING_ID = 77;

/** Writes one word: what a source sends, and when. Biased, so that about half of the tries at the door succeed. */
class Word {
  readonly shots: Shot[] = [];
  private now = 0;
  private flow = 20_000;

  constructor(
    private readonly random: Random,
    private readonly policy: Policy,
    private readonly source: number,
  ) {}

  write(): Shot[] {
    if (this.number(0, 2) > 0) this.stumble();
    for (let parts = this.number(2, 5); parts > 0 && this.now < LONGEST_MS; parts--) {
      this.pick(
        [4, () => this.complete()],
        [4, () => this.stumble()],
        [3, () => this.fallBack()],
        [2, () => this.wander()],
        [this.policy.extend ? 3 : 0, () => this.keepOpen()],
      );
      this.pick(
        [3, () => this.wait(0)],
        [3, () => this.wait(this.number(50, 400))],
        [3, () => this.wait(1000 * this.policy.openForSeconds + 300)],
        [2, () => this.wait(1000 * this.policy.stepTimeoutSeconds + 300)],
        [2, () => this.wait(1000 * (this.policy.lockout?.forSeconds ?? 0) + 300)],
        [1, () => this.wait(1000 * (this.policy.lockout?.withinSeconds ?? 0) + 300)],
      );
      if (this.number(0, 2) > 0) this.tryDoor();
      // More than a rate allows, or one connection, or a renewed grant.
      if (this.number(0, 4) === 0) for (let more = this.number(1, 3); more > 0; more--) this.tryDoor();
    }
    this.tryDoor();
    return this.shots;
  }

  /** The sequence, or the one before it. */
  private sequence(): Sequence {
    const { sequence = [], previous } = this.policy;
    return previous && this.number(0, 2) === 0 ? previous.sequence : sequence;
  }

  /** The whole sequence, with what must not disturb it in between. */
  private complete(): void {
    for (const step of this.sequence()) {
      this.send(step);
      this.pick(
        [6, () => undefined],
        [2, () => this.repeat()],
        [1, () => this.tryDoor()],
        [1, () => this.sendIgnored()],
        [1, () => this.sendBogus()],
        [1, () => this.wait(this.number(50, 300))],
      );
    }
    this.tryDoor();
    this.pick([1, () => undefined], [1, () => this.sendWrong()], [1, () => this.repeat()]);
  }

  /** A grant that is used before it would end, and once more when it would have ended but for that. */
  private keepOpen(): void {
    this.complete();
    for (let uses = 2; uses > 0; uses--) {
      this.wait(650 * this.policy.openForSeconds);
      this.tryDoor();
    }
  }

  /** The sequence with one mistake in it. */
  private stumble(): void {
    const sequence = this.sequence();
    const mistake = this.number(0, sequence.length - 1);
    for (const [index, step] of sequence.entries()) {
      if (index !== mistake) {
        this.send(step);
        continue;
      }
      this.pick(
        [3, () => this.sendWrong()],
        [2, () => this.send(this.oneOf(sequence))],
        [1, () => undefined],
        [2, () => this.wait(1000 * this.policy.stepTimeoutSeconds + 300)],
      );
      if (this.number(0, 1) > 0) this.send(step);
    }
    this.tryDoor();
  }

  /** A wrong step that is right after all for an earlier stage, and the sequence from there. */
  private fallBack(): void {
    const sequence = this.sequence();
    const falls = sequence.flatMap((_, stage) =>
      sequence.flatMap((step) => {
        const effect = onAttempt(sequence, stage, step);
        const isFall = effect.kind === "stage" && effect.stage > 0 && effect.stage <= stage;
        return isFall ? [{ stage, step, to: effect.stage }] : [];
      }),
    );
    if (falls.length === 0) {
      this.wander();
      return;
    }
    const { stage, step, to } = this.oneOf(falls);
    for (const packet of [...sequence.slice(0, stage), step, ...sequence.slice(to)]) this.send(packet);
    this.tryDoor();
  }

  /** Steps in no order. */
  private wander(): void {
    for (let count = this.number(2, 9); count > 0; count--) {
      this.send(this.oneOf(this.sequence()));
      if (this.number(0, 7) === 0) this.sendWrong();
    }
  }

  private send(step: Step, flags?: Shot["flags"], from?: number): void {
    const packet = this.filled(step);
    const isPing = packet.protocol === "icmp";
    // Most pings of a source have one id, as those of one ping(8) do.
    const flow = isPing && this.number(0, 4) > 0 ? PING_ID : this.flow++;
    this.shots.push({ atMs: this.now, packet, flow, ...(flags && { flags }), ...(from && { from }) });
    this.wait(this.number(1, 15));
  }

  /** Where a datagram may carry anything, it often carries something. */
  private filled(step: Step): Step {
    const isOpen = step.protocol === "udp" && step.payload === undefined && this.number(0, 2) === 0;
    return isOpen ? { ...step, payload: this.oneOf(["hex:6f", "hex:6f70656e"]) } : step;
  }

  /** The same packet once more, as TCP sends it when no answer came. */
  private repeat(): void {
    const last = this.shots.at(-1);
    if (last) this.shots.push({ ...last, atMs: this.now });
    this.wait(this.number(1, 15));
  }

  private tryDoor(): void {
    const from = this.number(0, 7) === 0 ? this.source ^ 1 : undefined;
    this.send(this.portOf(this.oneOf(this.policy.door)), undefined, from);
    if (this.number(0, 9) === 0) this.repeat();
  }

  private sendIgnored(): void {
    const ignored = this.policy.ignore.map((item) =>
      item.protocol === "icmp" ? { protocol: item.protocol, payloadBytes: 56 } : this.portOf(item),
    );
    if (ignored.length > 0) this.send(this.oneOf(ignored));
  }

  /** SYN and FIN: no flow's packet, and no attempt. */
  private sendBogus(): void {
    const candidates = [...this.sequence(), ...this.policy.door.map((item) => this.portOf(item))];
    const tcp = candidates.filter(({ protocol }) => protocol === "tcp");
    if (tcp.length > 0) this.send(this.oneOf(tcp), "bogus");
  }

  /** Close to a knock: the other protocol, the next port, another size. Now and then it is one after all. */
  private sendWrong(): void {
    const near = this.oneOf(this.sequence());
    const delta = this.oneOf([1, -1, 20, -20, 40, -40]);
    if (near.protocol === "icmp") {
      const payloadBytes = Math.abs(near.payloadBytes + delta) % 1453;
      this.send(
        this.oneOf<Step>([
          { protocol: "icmp", payloadBytes },
          { protocol: "udp", port: 9 },
        ]),
      );
      return;
    }
    if (near.protocol === "udp" && near.payload !== undefined && this.number(0, 1) > 0) {
      this.send({ ...near, payload: this.otherThan(near.payload) });
      return;
    }
    const { protocol } = near;
    const port = Math.min(Math.max(near.port + delta, 1), 65_535);
    const other = protocol === "tcp" ? "udp" : "tcp";
    const ping: Step = { protocol: "icmp", payloadBytes: 56 };
    const wrong = this.oneOf<Step>([{ protocol, port }, { protocol: other, port: near.port }, ping]);
    this.send(wrong, undefined, this.number(0, 4) === 0 ? this.source ^ 1 : undefined);
  }

  /** A payload that is longer, shorter, or has one bit changed. */
  private otherThan(payload: string): string {
    const bytes = Buffer.from(payload.slice("hex:".length), "hex");
    const flipped = Buffer.from(bytes);
    const at = this.number(0, bytes.length - 1);
    flipped.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
    const cut = bytes.length > 1 ? bytes.subarray(0, -1) : flipped;
    const other = this.oneOf([Buffer.concat([bytes, Buffer.from([0])]), cut, flipped]);
    return `hex:${other.toString("hex")}`;
  }

  private portOf({ protocol, ports }: Service): Step {
    const { first, last } = this.oneOf(portRanges(ports));
    return { protocol, port: this.number(first, last) };
  }

  private wait(ms: number): void {
    this.now += ms;
  }

  private number(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  private oneOf<T>(items: readonly T[]): T {
    const item = items[this.number(0, items.length - 1)];
    if (item === undefined) throw new RangeError("nothing to choose from");
    return item;
  }

  private pick(...choices: readonly (readonly [weight: number, act: () => void])[]): void {
    let left = this.number(
      1,
      choices.reduce((sum, [weight]) => sum + weight, 0),
    );
    for (const [weight, act] of choices) {
      if (left > 0 && left <= weight) act();
      left -= weight;
    }
  }
}

/** A random word, none of whose times lies close to one of the policy's limits. */
export function randomWord(
  random: Random,
  policy: Policy,
  { family, source }: Pick<Salvo, "family" | "source">,
): Shot[] {
  for (;;) {
    const shots = new Word(random, policy, source).write();
    if (judge(policy, { family, source }, shots).marginMs > 250) return shots;
  }
}
