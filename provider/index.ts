export { compile, lint, lintDoors, trace } from "./functions";
export { type KnockOptions, knock, type OpenDoorOptions, type OpenedDoor, openDoor } from "./knock/functions";
export type { ClientConfig, ClientDoor } from "./policy/clientConfig";
export type { Finding, FindingCode, LintOptions, Severity } from "./policy/lint/finding";
export { formatSequence, parseSequence } from "./policy/text";
export type { PolicyArgs } from "./policy/types";
export type {
  CalendarArgs,
  ConnectionArgs,
  EarlierSequenceArgs,
  GrantPrefixArgs,
  IgnoredArgs,
  LockoutArgs,
  LogArgs,
  LoginArgs,
  OneTimeArgs,
  PortKnockArgs,
  RateLimitArgs,
  SequenceArgs,
  ServiceArgs,
  StepArgs,
} from "./resource/args";
export { clientConfigOf } from "./resource/clientConfig";
export type { FleetHostArgs, PortKnockFleetArgs } from "./resource/fleet/args";
export { PortKnockFleet } from "./resource/fleet/portKnockFleet";
export { OpenDoor, type OpenDoorArgs } from "./resource/openDoor";
export { PortKnock } from "./resource/portKnock";
export type { KnockSequenceArgs } from "./resource/sequence/args";
export { KnockSequence, type PreviousSequence } from "./resource/sequence/knockSequence";
export type { Rule, Ruleset } from "./rules/ir";
export { renderDocument } from "./rules/recent/render";
export type { Packet } from "./rules/trace/packets";
export type { Standing, Traced } from "./rules/trace/trace";
