import type { Commands } from "../command/command";

export const commands: Commands = {
  init: {
    summary: "write a Pulumi program that puts SSH of some hosts behind a knock",
    load: async () => (await import("./init")).init,
  },
  config: {
    summary: "put the doors of a stack into ~/.config/portknock/config.json",
    load: async () => (await import("./config")).config,
  },
  ssh: {
    summary: "knock, then run ssh over the connection through the door",
    load: async () => (await import("./ssh")).ssh,
  },
  proxy: {
    summary: "knock, then connect stdin and stdout to the door: ssh's ProxyCommand",
    load: async () => (await import("./proxy")).proxy,
  },
  run: {
    summary: "knock, then run a command that connects by itself",
    load: async () => (await import("./run")).run,
  },
  knock: {
    summary: "knock, and check that the door opens",
    load: async () => (await import("./knock")).knock,
  },
  export: {
    summary: "write what opens a door for other programs",
    load: async () => (await import("./export")).exportDoor,
  },
  render: {
    summary: "print the firewall rules of a policy",
    load: async () => (await import("./render")).render,
  },
  check: {
    summary: "print the weaknesses of policies",
    load: async () => (await import("./check")).check,
  },
  explain: {
    summary: "describe a policy in words, or as a picture",
    load: async () => (await import("./explain")).explain,
  },
  trace: {
    summary: "show what the rules of a policy do with packets",
    load: async () => (await import("./trace")).trace,
  },
  schema: {
    summary: "print the JSON Schema of a policy, for editors",
    load: async () => (await import("./schema")).schema,
  },
  status: {
    summary: "show what the doors of a host or of a stack are doing",
    load: async () => (await import("./status")).status,
  },
  completion: {
    summary: "print the completion of these commands for a shell",
    load: async () => (await import("./completion")).completionOf(commands),
  },
};
