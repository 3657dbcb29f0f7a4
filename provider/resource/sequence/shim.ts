import type { dynamic } from "@pulumi/pulumi";

/** What Pulumi serializes into the state of every KnockSequence; see ../shim.ts. */
export const shim: dynamic.ResourceProvider = {
  check: (olds, news) => require("pulumi-portknock/knock-sequence").check(olds, news),
  diff: (id, olds, news) => require("pulumi-portknock/knock-sequence").diff(id, olds, news),
  create: (inputs) => require("pulumi-portknock/knock-sequence").create(inputs),
  read: (id, props) => require("pulumi-portknock/knock-sequence").read(id, props),
  update: (id, olds, news) => require("pulumi-portknock/knock-sequence").update(id, olds, news),
  delete: (id, props) => require("pulumi-portknock/knock-sequence").delete(id, props),
};
