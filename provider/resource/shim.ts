import type { dynamic } from "@pulumi/pulumi";

/**
 * What Pulumi serializes into the state of every resource, so it is as small as can be and never changes: each
 * operation loads the installed package and calls it there. The requires are literal, since the serialized text runs
 * in another process, where nothing around it exists, and resolves names from the Pulumi project's folder. One object
 * for all resources: Pulumi caches the text by identity.
 */
export const shim: dynamic.ResourceProvider = {
  check: (olds, news) => require("pulumi-portknock/lifecycle").check(olds, news),
  diff: (id, olds, news) => require("pulumi-portknock/lifecycle").diff(id, olds, news),
  create: (inputs) => require("pulumi-portknock/lifecycle").create(inputs),
  read: (id, props) => require("pulumi-portknock/lifecycle").read(id, props),
  update: (id, olds, news) => require("pulumi-portknock/lifecycle").update(id, olds, news),
  delete: (id, props) => require("pulumi-portknock/lifecycle").delete(id, props),
};
