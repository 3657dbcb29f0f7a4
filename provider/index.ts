export { type KnockOptions, knock, type OpenDoorOptions, type OpenedDoor, openDoor } from "./api/knocking";
export { compile, lint, lintDoors, renderDocument, trace } from "./api/policies";
export type { Ruleset } from "./api/ruleset";
export { type ErrorCode, type ErrorDetails, PortKnockError } from "./errors";
export type { Finding, FindingCode, LintOptions, Severity } from "./lint/finding";
export type { ClientConfig, ClientDoor } from "./policy/clientConfig";
export { formatSequence, parseSequence } from "./policy/text";
export type { PolicyArgs } from "./policy/types";
export type { FleetHostArgs, PortKnockFleetArgs } from "./resource/args/fleetArgs";
export type { KnockSequenceArgs } from "./resource/args/knockSequenceArgs";
export type {
  CalendarArgs,
  ConnectionArgs,
  Duration,
  EarlierSequenceArgs,
  GrantPrefixArgs,
  IcmpStepArgs,
  IgnoredArgs,
  IgnoredPingsArgs,
  LateStepArgs,
  LockoutArgs,
  LogArgs,
  LoginArgs,
  OneTimeArgs,
  PortKnockArgs,
  RateLimitArgs,
  SequenceArgs,
  ServiceArgs,
  StepArgs,
  TcpStepArgs,
  UdpStepArgs,
} from "./resource/args/portKnockArgs";
export { clientConfigOf } from "./resource/dynamic/clientConfig";
export { KnockSequence, type PreviousSequence } from "./resource/dynamic/knockSequence";
export { OpenDoor, type OpenDoorArgs } from "./resource/dynamic/openDoor";
export { PortKnock } from "./resource/dynamic/portKnock";
export { PortKnockFleet } from "./resource/dynamic/portKnockFleet";
export type { Rule } from "./rules/ir";
export type { Packet } from "./rules/trace/packets";
export type { SourcePosition, Traced } from "./rules/trace/trace";
