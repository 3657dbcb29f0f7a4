import type { Commands } from "./completion";

/** Each is loaded when it is asked for: starting takes longer than knocking. */
export const commands: Commands = {
  ssh: async () => (await import("./ssh")).ssh,
  proxy: async () => (await import("./proxy")).proxy,
  run: async () => (await import("./run")).run,
  knock: async () => (await import("./knock")).knock,
  export: async () => (await import("./export")).exportDoor,
  render: async () => (await import("./render")).render,
  check: async () => (await import("./check")).check,
  explain: async () => (await import("./explain")).explain,
  trace: async () => (await import("./trace")).trace,
  status: async () => (await import("./status")).status,
  completion: async () => (await import("./completion")).completionOf(commands),
};
