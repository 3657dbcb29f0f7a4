import { CustomResource, type CustomResourceOptions, type Inputs } from "@pulumi/pulumi";
import { MODULE } from "../urn";

/** The subpaths of this package (`exports` in package.json) by which states find their lifecycle. None of them ever goes. */
type Lifecycle = "lifecycle" | "open-door" | "knock-sequence";

/**
 * The text that stands in the state of a resource, and makes its lifecycle there: `pulumi-resource-pulumi-nodejs` runs it in
 * another process, where nothing around it exists and names resolve from the Pulumi project's folder, and calls `handler`
 * (sdk/nodejs/cmd/dynamic-provider: getProvider). So the require is literal, and each release loads the installed package.
 */
export function shimOf(lifecycle: Lifecycle): string {
  return `exports.handler = () => require("pulumi-portknock/${lifecycle}");\n`;
}

/**
 * A dynamic resource, with a text written by hand. `dynamic.Resource` would make one of an object with six functions: 1.9 KB
 * in the inputs of every resource and as much in its outputs, for which it loads the TypeScript compiler into the program.
 */
export abstract class DynamicResource extends CustomResource {
  constructor(
    type: string,
    lifecycle: Lifecycle,
    name: string,
    properties: Inputs,
    options: CustomResourceOptions,
  ) {
    const shim = { __provider: shimOf(lifecycle) };
    super(`pulumi-nodejs:dynamic/${MODULE}:${type}`, name, { ...properties, ...shim }, options);
  }
}
