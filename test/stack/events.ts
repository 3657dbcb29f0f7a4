import type { ExecResult } from "../lab/lab";
import type { Stack } from "./stack";

/** A line of `pulumi up --json`, as far as it is read here. */
interface Event {
  readonly resOutputsEvent?: { readonly metadata: Metadata };
  readonly resOpFailedEvent?: { readonly metadata: Metadata };
  readonly diagnosticEvent?: { readonly urn?: string; readonly severity: string; readonly message: string };
}

interface Metadata {
  readonly op: string;
  readonly urn: string;
}

/** What an `up` did, each resource as `PortKnock edge-web1`. */
export interface Done {
  readonly code: number;
  /** `create PortKnock edge-web1` and so on, in the order in which it was done. What stayed as it was is not named. */
  readonly changes: readonly string[];
  readonly failed: readonly string[];
  /** What was said of which. */
  readonly errors: Readonly<Record<string, string>>;
}

export async function changesOf(stack: Stack, ...flags: string[]): Promise<Done> {
  const result = await stack.pulumi("up", "--yes", "--skip-preview", "--json", ...flags);
  const events = eventsOf(result);
  const named = ({ op, urn }: Metadata) => `${op} ${nameOf(urn)}`;
  const outputs = events.flatMap(({ resOutputsEvent }) =>
    resOutputsEvent ? [resOutputsEvent.metadata] : [],
  );
  const said = events.flatMap(({ diagnosticEvent }) => (diagnosticEvent ? [diagnosticEvent] : []));
  return {
    code: result.code,
    changes: outputs.filter(({ op }) => op !== "same").map(named),
    failed: events.flatMap(({ resOpFailedEvent }) =>
      resOpFailedEvent ? [named(resOpFailedEvent.metadata)] : [],
    ),
    errors: Object.fromEntries(
      said.flatMap(({ urn, severity, message }) =>
        urn !== undefined && severity === "error" ? [[nameOf(urn), message]] : [],
      ),
    ),
  };
}

function eventsOf({ stdout, stderr }: ExecResult): Event[] {
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  if (lines.length === 0) throw new Error(`pulumi up printed no events\n${stdout}${stderr}`);
  return lines.map((line) => JSON.parse(line) as Event);
}

function nameOf(urn: string): string {
  const [, , types = "", name] = urn.replace("urn:pulumi:", "").split("::");
  return `${types.split(/[:$]/).at(-1)} ${name}`;
}
