import { CustomResource, type CustomResourceOptions, type Inputs, mergeOptions } from "@pulumi/pulumi";
import { MODULE } from "../urn";

/** The subpaths of this package (`exports` in package.json) by which states find their lifecycle. None is ever removed. */
type Lifecycle = "lifecycle" | "open-door" | "knock-sequence";

/**
 * The text in the state of a resource by which Pulumi finds its lifecycle: `pulumi-resource-pulumi-nodejs` runs it in another
 * process and calls `handler` (sdk/nodejs/cmd/dynamic-provider: getProvider). No variable around it exists there, and names
 * resolve from the Pulumi project's folder. So the require is literal, and loads the package that is installed then.
 */
export function shimOf(lifecycle: Lifecycle): string {
  return `exports.handler = () => require("pulumi-portknock/${lifecycle}");\n`;
}

/**
 * Who runs the lifecycle of a class's resources: a dynamic provider, or the plugin. Both write the same state, so a program may
 * go from one to the other, and back.
 */
export type FrontEnd = "dynamic" | "plugin";

/** What Pulumi calls a type of resource. */
function typeOf(type: string, frontEnd: FrontEnd): string {
  return frontEnd === "plugin" ? `${MODULE}:index:${type}` : `pulumi-nodejs:dynamic/${MODULE}:${type}`;
}

const OTHER = { dynamic: "plugin", plugin: "dynamic" } as const;

/**
 * A dynamic resource whose provider text is written by hand. `dynamic.Resource` would serialise six functions: 1.9 KB in the
 * inputs of every resource and as much in its outputs, and the TypeScript compiler loaded into the program.
 */
export abstract class DynamicResource extends CustomResource {
  /** @internal */
  static readonly frontEnd: FrontEnd = "dynamic";

  constructor(
    type: string,
    lifecycle: Lifecycle,
    name: string,
    properties: Inputs,
    options: CustomResourceOptions,
  ) {
    const { frontEnd } = new.target;
    // The plugin has no use for the shim, but the dynamic front end can take back only a state that has one.
    const shim = { __provider: shimOf(lifecycle) };
    const aliases = [{ type: typeOf(type, OTHER[frontEnd]) }];
    super(typeOf(type, frontEnd), name, { ...properties, ...shim }, mergeOptions(options, { aliases }));
  }
}
