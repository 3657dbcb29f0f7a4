import { readFileSync } from "node:fs";
import { join } from "node:path";
import { policyFields } from "../../provider/policy/schema";
import { docsOf } from "./docs";
import { fleet } from "./fleet";
import { inputProperties, resources } from "./resources";
import { ANY, listOf, mapOf, ref, STRING, TypeTable } from "./types";

const ROOT = join(__dirname, "../..");

/** The schema of the package for Pulumi: types from zod, descriptions from docstrings, secrets from the tables of properties. */
export function makeSchema(): object {
  const { version, description, license } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const resource = join(ROOT, "provider/resource");
  const docs = ["args", "dynamic"].flatMap((folder) => [...docsOf(join(resource, folder))]);
  const types = new TypeTable(new Map(docs));
  const own = resources(types, { PortKnock: example("yaml") });
  const component = fleet(types);
  const policy = inputProperties(types, "PortKnock");
  types.object(
    "Policy",
    Object.fromEntries(Object.keys(policyFields).map((name) => [name, policy[name] ?? ANY])),
    ["door"],
  );
  return {
    name: "portknock",
    version,
    description,
    license,
    language: {
      nodejs: { respectSchemaVersion: true },
      python: { respectSchemaVersion: true, pyproject: { enabled: true } },
      go: { respectSchemaVersion: true },
      csharp: { respectSchemaVersion: true },
    },
    config: { variables: configuration() },
    provider: { inputProperties: configuration() },
    types: types.types,
    resources: { ...own, "portknock:index:PortKnockFleet": component },
    functions: functions(),
  };
}

function configuration() {
  return {
    organization: {
      ...STRING,
      description:
        "The organization of the stack. The ids of doors follow from it; Pulumi does not tell it to plugins. Default `organization`, as backends without organizations have it.",
    },
    connection: {
      ...ref("SharedConnection"),
      secret: true,
      description: "For `pulumi import`: how to log in to the hosts.",
    },
    knock: {
      ...STRING,
      secret: true,
      description:
        "For `pulumi import`: the sequence that opens the host's SSH port, as text: `tcp/7000,udp/8000,icmp/120`.",
    },
  };
}

function functions() {
  return {
    "portknock:index:clientConfig": {
      description: "The configuration of the command `portknock` for many doors, as one. Secret.",
      inputs: {
        type: "object",
        properties: {
          doors: {
            ...mapOf(ANY),
            description: "The output `clientConfig` of each door, by the name of the door for the client.",
          },
        },
        required: ["doors"],
      },
      outputs: { type: "object", properties: { doors: listOf(ANY) }, required: ["doors"] },
    },
    "portknock:index:lint": {
      description: "What the doors of one host are worth: findings, the most severe first. Touches no host.",
      inputs: {
        type: "object",
        properties: { doors: { ...mapOf(ref("Policy")), description: "The policy of each door, by name." } },
        required: ["doors"],
      },
      outputs: { type: "object", properties: { findings: listOf(ANY) }, required: ["findings"] },
    },
  };
}

/** The resources of an example, as the description of PortKnock shows them. */
function example(name: string): string {
  const text = readFileSync(join(ROOT, "examples", name, "Pulumi.yaml"), "utf8");
  return text.slice(text.indexOf("\nresources:"));
}
