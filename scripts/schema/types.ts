import { z } from "zod";

/** A type of Pulumi's schema (developers: "Pulumi Package Schema", TypeSpec), and a property of one. */
export interface TypeSpec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: TypeSpec;
  readonly additionalProperties?: TypeSpec;
  readonly oneOf?: readonly TypeSpec[];
}

export interface PropertySpec extends TypeSpec {
  readonly description?: string;
  readonly default?: unknown;
  readonly secret?: true;
}

export const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };
export const STRING: TypeSpec = { type: "string" };
export const INTEGER: TypeSpec = { type: "integer" };
export const listOf = (items: TypeSpec): TypeSpec => ({ type: "array", items });
export const mapOf = (additionalProperties: TypeSpec): TypeSpec => ({ type: "object", additionalProperties });
export const ref = (name: string): TypeSpec => ({ $ref: `#/types/portknock:index:${name}` });

/** What is read of the JSON Schema that zod makes. */
interface Json {
  readonly type?: string | readonly string[];
  readonly items?: Json;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Json | false;
  readonly oneOf?: readonly Json[];
  readonly anyOf?: readonly Json[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

/** The names of object types, by the property that has one or a list of them. */
const OBJECTS: Readonly<Record<string, string>> = {
  connection: "Connection",
  proxy: "Login",
  sequence: "Step",
  knock: "Step",
  calendar: "Calendar",
  previous: "EarlierSequence",
  oneTime: "OneTime",
  door: "Service",
  ignore: "Ignored",
  grantPrefix: "GrantPrefix",
  lockout: "Lockout",
  rateLimit: "RateLimit",
  log: "Log",
};

/** The names of enumerations that differ from their property's. */
const ENUMERATIONS: Readonly<Record<string, string>> = { families: "Family", chain: "HostChain" };

/** The fields that are secret in an object that is not secret as a whole, as in a provider's configuration. */
const SECRET_FIELDS = ["privateKey", "privateKeyPassword", "password", "sudoPassword", "knock"];

const STEP_DOCS: Readonly<Record<string, string>> = {
  "Step.protocol": "tcp, udp or icmp: a TCP SYN, a UDP datagram, or a ping.",
  "Step.port": "Of tcp and udp: the port, 1 to 65535.",
  "Step.payload":
    "Of udp: what the datagram must carry, exactly: text (as UTF-8), or `hex:` followed by an even number of hexadecimal digits; 1 to 36 bytes. Default: it may carry anything, and is sent empty.",
  "Step.payloadBytes": "Of icmp: bytes that the ping carries (`ping -s`), 0 to 1452.",
  "Service.protocol": "tcp or udp.",
  "Service.ports": 'Numbers, or inclusive ranges such as "8000-8010".',
  "Ignored.protocol": "tcp or udp, each with ports, or icmp.",
  Step: "One knock. Two equal ones in a row are refused: a repeated packet does not count.",
};

/** Collects named types while it translates zod's into Pulumi's. */
export class TypeTable {
  readonly types: Record<string, unknown> = {};

  constructor(private readonly docs: ReadonlyMap<string, string>) {}

  /** The type of a field. Sequences may be text, and lists of at most one stand for what may be absent. */
  input(name: string, schema: z.ZodType): TypeSpec {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    return this.typeOf(name, json as Json);
  }

  doc(key: string): string | undefined {
    return STEP_DOCS[key] ?? this.docs.get(key);
  }

  object(
    name: string,
    properties: Readonly<Record<string, TypeSpec>>,
    required: readonly string[],
  ): TypeSpec {
    const fields = Object.entries(properties).map(([field, type]) => [
      field,
      this.described(type, this.doc(`${name}.${field}`) ?? this.doc(`${name}Args.${field}`), {
        ...(SECRET_FIELDS.includes(field) && { secret: true }),
      }),
    ]);
    const description = this.doc(name) ?? this.doc(`${name}Args`);
    const type = { description, type: "object", properties: Object.fromEntries(fields), required };
    this.types[`portknock:index:${name}`] ??= type;
    return ref(name);
  }

  described(type: TypeSpec, description: string | undefined, more: Partial<PropertySpec> = {}): PropertySpec {
    return { ...type, ...(description && { description }), ...more };
  }

  private typeOf(name: string, json: Json): TypeSpec {
    if (name === "derivation") return ANY;
    const alternatives = json.oneOf ?? json.anyOf;
    if (alternatives?.every(({ properties }) => properties)) return this.union(name, alternatives);
    if (alternatives) return this.typeOf(name, { type: "integer" });
    if (json.properties) return this.union(name, [json]);
    if (json.enum) return this.enumeration(name, json.enum as readonly string[]);
    if (Array.isArray(json.type)) return { oneOf: [INTEGER, STRING] };
    if (json.type === "array") {
      const list = listOf(this.typeOf(name, json.items ?? {}));
      // Steps or text. Python's SDK cannot pass a list where a union with lists is declared.
      return OBJECTS[name] === "Step" ? ANY : list;
    }
    if (json.type === "object") return mapOf(STRING);
    return { type: String(json.type) };
  }

  /** One object type for several: it has the fields of all. */
  private union(name: string, objects: readonly Json[]): TypeSpec {
    const own = OBJECTS[name] ?? name;
    const names = [...new Set(objects.flatMap(({ properties }) => Object.keys(properties ?? {})))];
    const fields = names.map((field) => {
      const found = objects.flatMap(({ properties }) => properties?.[field] ?? []);
      const literals = found.flatMap((one) => (one.const === undefined ? [] : [one.const]));
      const [first = {}] = found;
      return [field, this.typeOf(field, literals.length > 0 ? { enum: literals } : first)] as const;
    });
    const required = names.filter((field) => objects.every((one) => one.required?.includes(field)));
    return this.object(own, Object.fromEntries(fields), required);
  }

  /**
   * A type of its own for a few texts. Protocols are texts: Pulumi YAML does not take an output of such a type for an input, and
   * sequences flow from one resource into another.
   */
  private enumeration(name: string, values: readonly string[]): TypeSpec {
    if (/^protocols?$/.test(name)) return STRING;
    const own = ENUMERATIONS[name] ?? name.replace(/^./, (letter) => letter.toUpperCase());
    this.types[`portknock:index:${own}`] ??= {
      type: "string",
      enum: values.map((value) => ({ name: pascal(value), value })),
    };
    return ref(own);
  }
}

function pascal(text: string): string {
  return text
    .toLowerCase()
    .split("-")
    .map((word) => word.replace(/^./, (letter) => letter.toUpperCase()))
    .join("");
}
