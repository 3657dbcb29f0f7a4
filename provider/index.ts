export { type KnockOptions, knock, type OpenDoorOptions, type OpenedDoor, openDoor } from "./knock/functions";
export type { ClientConfig, ClientDoor } from "./policy/clientConfig";
export { formatSequence, parseSequence } from "./policy/text";
export type {
  ConnectionArgs,
  IgnoredArgs,
  LoginArgs,
  PortKnockArgs,
  ServiceArgs,
  StepArgs,
} from "./resource/args";
export { clientConfigOf } from "./resource/clientConfig";
export { OpenDoor, type OpenDoorArgs } from "./resource/openDoor";
export { PortKnock } from "./resource/portKnock";
