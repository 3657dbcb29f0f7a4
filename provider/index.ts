export { formatSequence, parseSequence } from "./policy/text";
export type {
  ConnectionArgs,
  GrantPrefixArgs,
  IgnoredArgs,
  LockoutArgs,
  LogArgs,
  LoginArgs,
  PortKnockArgs,
  RateLimitArgs,
  ServiceArgs,
  StepArgs,
} from "./resource/args";
export { PortKnock } from "./resource/portKnock";
