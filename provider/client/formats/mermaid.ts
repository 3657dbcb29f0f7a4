import type { Exported } from "./format";
import { sequenceOf } from "./sequence";

/** A state diagram for Mermaid. It names each knock by its place in the sequence, so it has no secret. */
export function mermaid(door: Exported): string {
  const { port } = door;
  const sequence = sequenceOf(door);
  const count = sequence.length;
  const stage = (index: number) => (index === 0 ? "closed" : index === count ? "open" : `stage${index}`);
  const steps = sequence.map(
    ({ protocol }, index) => `  ${stage(index)} --> ${stage(index + 1)}: knock ${index + 1} (${protocol})`,
  );
  const resets = sequence
    .slice(1)
    .map((_, index) => `  ${stage(index + 1)} --> closed: wrong knock, or too late`);
  return [
    "stateDiagram-v2",
    `  closed: tcp/${port} is closed`,
    `  open: tcp/${port} is open to this source`,
    "  [*] --> closed",
    ...steps,
    ...resets,
    "  open --> closed: time is over",
    "",
  ].join("\n");
}
