export { formatSequence, parseSequence } from "./policy/text";
export type {
  ConnectionArgs,
  EarlierSequenceArgs,
  IgnoredArgs,
  LoginArgs,
  PortKnockArgs,
  ServiceArgs,
  StepArgs,
} from "./resource/args";
export { PortKnock } from "./resource/portKnock";
export type { KnockSequenceArgs } from "./resource/sequence/args";
export { KnockSequence, type PreviousSequence } from "./resource/sequence/knockSequence";
