import type { dynamic } from "@pulumi/pulumi";

/** What Pulumi serializes into the state of every OpenDoor. It never changes, for the reasons that shim.ts gives. */
export const openDoorShim: dynamic.ResourceProvider = {
  check: (olds, news) => require("pulumi-portknock/open-door").check(olds, news),
  diff: (id, olds, news) => require("pulumi-portknock/open-door").diff(id, olds, news),
  create: (inputs) => require("pulumi-portknock/open-door").create(inputs),
  read: (id, props) => require("pulumi-portknock/open-door").read(id, props),
  update: (id, olds, news) => require("pulumi-portknock/open-door").update(id, olds, news),
  delete: (id, props) => require("pulumi-portknock/open-door").delete(id, props),
};
