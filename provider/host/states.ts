import type { Refusal } from "./protocol";

/**
 * What is known about a host's firewall after a failure. `seconds`: within which the host's timer fires, from now on.
 */
export type HostState =
  /** Nothing of this change is there. */
  | { readonly kind: "unchanged" }
  /** Nothing of this change is there, but an earlier one, which nobody had confirmed, was taken back. */
  | { readonly kind: "earlier rolled back" }
  /** Nothing of this change is there. An earlier one, never confirmed, could not be taken back in full. */
  | { readonly kind: "earlier held"; readonly hasTimer: boolean }
  | { readonly kind: "rolled back" }
  /** The rollback failed; the host said that its timer is there. */
  | { readonly kind: "timer left"; readonly seconds: number }
  /** The rollback failed; the host said that its timer is gone. */
  | { readonly kind: "no timer" }
  /** Loaded and not confirmed; what the timer does was not seen. */
  | { readonly kind: "pending"; readonly seconds: number }
  /** Not even whether it was loaded, or confirmed, was seen. */
  | { readonly kind: "unknown"; readonly seconds: number }
  /** Holds the rules that were asked for, though nothing confirmed them and no timer waits for that. */
  | { readonly kind: "applied, not confirmed" }
  /** Nothing is pending, and the rules are neither those from before nor those that were asked for. */
  | { readonly kind: "neither" }
  /** Nothing is pending, and the rules cannot be read. */
  | { readonly kind: "unread" }
  | { readonly kind: "applied, not read back" }
  | { readonly kind: "applied, not as asked" }
  | { readonly kind: "applied, not persisted" };

/** The words that an error says after "Host's firewall: ". */
export function stateText(state: HostState): string {
  switch (state.kind) {
    case "unchanged":
    case "rolled back":
      return state.kind;
    case "earlier rolled back":
      return "rolled back to what it was before an earlier change, which nobody had confirmed";
    case "earlier held":
      return `nothing of this change, but it may hold part of an earlier one that nobody confirmed; ${
        state.hasTimer ? "the host tries again by itself" : "the next `pulumi up` tries again"
      }`;
    case "timer left":
      return `not rolled back yet: it tries again by itself within ${state.seconds} s, until that works; \`pulumi refresh\` shows it`;
    case "no timer":
      return "may hold part of the change: it could not be rolled back, and the timer there is gone; the next `pulumi up` rolls it back first";
    case "pending":
      return `should roll back by itself within ${state.seconds} s; \`pulumi refresh\` shows it`;
    case "unknown":
      return `unknown: unless the change was confirmed, it should roll back by itself within ${state.seconds} s; \`pulumi refresh\` shows it`;
    case "applied, not confirmed":
      return "holds the new rules, though nothing confirmed them; `pulumi up` repeats the change";
    case "neither":
      return "unknown: it holds neither the rules from before nor the new ones; `pulumi refresh` shows them";
    case "unread":
      return "unknown: nothing is pending there any more, and its rules cannot be read; `pulumi refresh` tries again";
    case "applied, not read back":
      return "applied, not read back";
    case "applied, not as asked":
      return "applied, but it holds other rules than it was given";
    case "applied, not persisted":
      return "applied, not persisted: the next boot may load the rules from before";
  }
}

const UNTOUCHED: readonly string[] = (["unchanged", "earlier rolled back", "rolled back"] as const).map(
  (kind) => stateText({ kind }),
);

/** Whether a host has nothing of a change, and nothing of it is to come, by the state that its error says. */
export function isUntouched({ hostState }: { readonly hostState: string }): boolean {
  return UNTOUCHED.includes(hostState);
}

/** Where apply.sh refused. */
export function stateAfterApply({ earlier, left }: Refusal, seconds: number): HostState {
  if (earlier === "held") return { kind: "earlier held", hasTimer: left === "timer" };
  switch (left) {
    case "timer":
      return { kind: "timer left", seconds };
    case "no timer":
      return { kind: "no timer" };
    case "nothing":
      return { kind: earlier === "rolled back" ? "earlier rolled back" : "unchanged" };
  }
}
