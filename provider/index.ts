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
