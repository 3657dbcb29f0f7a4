export { formatSequence, parseSequence } from "./policy/text";
export type {
  ConnectionArgs,
  IgnoredArgs,
  LoginArgs,
  PortKnockArgs,
  ServiceArgs,
  StepArgs,
} from "./resource/args";
export { PortKnock } from "./resource/portKnock";
export type { KnockSequenceArgs } from "./resource/sequence/args";
export { KnockSequence } from "./resource/sequence/knockSequence";
