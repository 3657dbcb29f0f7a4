/** The module of this package's types: a resource's type is `pulumi-nodejs:dynamic/portknock:<its class>`. */
export const MODULE = "portknock";

const TYPE = `pulumi-nodejs:dynamic/${MODULE}:PortKnock`;

/** A door's stack-qualified name in its parts: organization/project/stack/parents' types/name. */
interface Owner {
  readonly stack: string;
  readonly project: string;
  readonly parents: readonly string[];
  readonly name: string;
}

/** A type such as `pkg:index:Site` or `pkg:sub/module:Site`, of which the first part has two colons. */
const PARENT = /^([^:/]+:[^:]*:[^:/]+)\/(.+)$/s;

function partsOf(owner: string): Owner | undefined {
  const [, project, stack, text] = /^[^/]*\/([^/]+)\/([^/]+)\/(.+)$/s.exec(owner) ?? [];
  if (project === undefined || stack === undefined || text === undefined) return undefined;
  const parents: string[] = [];
  let name = text;
  for (let found = PARENT.exec(name); found; found = PARENT.exec(name)) {
    parents.push(found[1] ?? "");
    name = found[2] ?? "";
  }
  return { stack, project, parents, name };
}

/** The stack-qualified name of the resource that a URN names. The organization is not part of a URN. */
export function ownerOfUrn(urn: string, organization: string): string {
  const [stack = "", project = "", types = "", ...name] = urn.replace("urn:pulumi:", "").split("::");
  const parents = types.split("$").slice(0, -1);
  return [organization, project, stack, ...parents, name.join("::")].join("/");
}

/** The URN of a door by its stack-qualified name; undefined if that is not one. */
export function urnOf(owner: string): string | undefined {
  const parts = partsOf(owner);
  if (parts === undefined) return undefined;
  const { stack, project, parents, name } = parts;
  return `urn:pulumi:${stack}::${project}::${[...parents, TYPE].join("$")}::${name}`;
}

/**
 * The line of the program by which Pulumi knows the door `owner` as the former `other`; undefined if the two belong to
 * different stacks.
 */
export function aliasLine(owner: string, other: string): string | undefined {
  const [now, before] = [partsOf(owner), partsOf(other)];
  if (!now || !before || now.stack !== before.stack || now.project !== before.project) return undefined;
  const hasSameParents = now.parents.join("$") === before.parents.join("$");
  const alias = hasSameParents && now.parents.length === 0 ? { name: before.name } : urnOf(other);
  const text = typeof alias === "string" ? JSON.stringify(alias) : `{ name: ${JSON.stringify(before.name)} }`;
  return `new PortKnock(${JSON.stringify(now.name)}, { … }, { aliases: [${text}] })`;
}
