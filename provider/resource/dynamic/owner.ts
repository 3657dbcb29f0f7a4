import { createUrn, getOrganization, type Resource } from "@pulumi/pulumi";
import { MODULE, ownerOfUrn } from "../urn";

/**
 * A resource's stack-qualified name: organization/project/stack/name, with the types of its parents before the name. It is a
 * promise: an output would depend on the parent, and a component that waits for its child would wait for itself.
 */
export function ownerOf(type: string, name: string, parent: Resource | undefined): Promise<string> {
  const urn = createUrn(name, `pulumi-nodejs:dynamic/${MODULE}:${type}`, parent);
  return new Promise((resolve) => urn.apply((known) => resolve(ownerOfUrn(known, getOrganization()))));
}
