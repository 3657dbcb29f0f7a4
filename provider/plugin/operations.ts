import type { CheckFailure } from "@pulumi/pulumi/dynamic";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties, PropertyTable } from "../door/properties";
import { ownerOfUrn } from "../resource/urn";
import { withClientConfig } from "./clientConfig";
import type { Configuration } from "./configuration";
import { detailedDiff } from "./detailedDiff";
import { adviseOn, repeatWarnings } from "./doorMessages";
import { importResource, isImported } from "./imports";
import { previewOf } from "./preview";
import { KINDS, kindOf, type ResourceKind } from "./resourceKinds";
import { fromStruct, secretNames, secretsOf, toStruct } from "./values";

/** The operations of Pulumi on a resource: messages to properties, the lifecycle, and back. */

export async function check(
  request: proto.CheckRequest,
  { organization }: Configuration,
): Promise<proto.CheckResponse> {
  const urn = request.getUrn();
  const { name, lifecycle, properties } = resource(urn);
  const owner = "owner" in properties ? { owner: ownerOfUrn(urn, organization) } : {};
  const given = fromStruct(request.getNews());
  const news = { ...owner, ...withOnePrevious(given) };
  const { inputs, failures = [] } = isImported(urn, given)
    ? { inputs: given }
    : await lifecycle.check(fromStruct(request.getOlds()), news);
  const response = new proto.CheckResponse();
  response.setInputs(toStruct(inputs, secretsIn(properties, request.getNews())));
  response.setFailuresList(failures.map(failureOf));
  if (name === "PortKnock" && failures.length === 0 && inputs !== given) adviseOn(urn, inputs);
  return response;
}

export async function diff(request: proto.DiffRequest): Promise<proto.DiffResponse> {
  const urn = request.getUrn();
  const { name, lifecycle, properties } = resource(urn);
  const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
  const { changes, replaces = [], deleteBeforeReplace } = await lifecycle.diff(request.getId(), olds, news);
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse();
  response.setChanges(changes ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList([...replaces]);
  response.setDeletebeforereplace(deleteBeforeReplace ?? false);
  const details = changes ? detailedDiff(properties, fromStruct(request.getOldInputs()), news, replaces) : [];
  for (const [property, detail] of details) response.getDetaileddiffMap().set(property, detail);
  response.setHasdetaileddiff(response.getDetaileddiffMap().getLength() > 0);
  if (name === "PortKnock") repeatWarnings(urn, olds);
  return response;
}

/**
 * Doors that this process has created. Pulumi starts one for each `up`, and `up --replace` does not ask `diff`: it creates first,
 * which adopts the door, and then deletes what it takes for the old one. The classes set deleteBeforeReplace; other programs
 * need not.
 */
const created = new Set<string>();

export async function create(request: proto.CreateRequest): Promise<proto.CreateResponse> {
  const urn = request.getUrn();
  const kind = resource(urn);
  const inputs = fromStruct(request.getProperties());
  const secrets = secretsIn(kind.properties, request.getProperties());
  const response = new proto.CreateResponse();
  if (request.getPreview()) {
    response.setProperties(toStruct(previewOf(kind, {}, inputs), secrets));
    return response;
  }
  const { id, outs = {} } = await kind.lifecycle.create(inputs);
  created.add(id);
  response.setId(id);
  response.setProperties(toStruct(stateOf(urn, outs), secrets));
  return response;
}

export async function update(request: proto.UpdateRequest): Promise<proto.UpdateResponse> {
  const urn = request.getUrn();
  const kind = resource(urn);
  const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
  const response = new proto.UpdateResponse();
  const isPreview = request.getPreview();
  const outs = isPreview
    ? previewOf(kind, olds, news)
    : stateOf(urn, (await kind.lifecycle.update(request.getId(), olds, news)).outs ?? {});
  response.setProperties(toStruct(outs, secretsIn(kind.properties, request.getNews())));
  return response;
}

export async function read(
  request: proto.ReadRequest,
  configuration: Configuration,
): Promise<proto.ReadResponse> {
  const urn = request.getUrn();
  const { lifecycle, properties } = resource(urn);
  const response = new proto.ReadResponse();
  const state = fromStruct(request.getProperties());
  const isImport = Object.keys(state).length === 0;
  const result = isImport
    ? await importResource(urn, request.getId(), configuration)
    : await lifecycle.read(request.getId(), state);
  const { id, props = {}, inputs } = result;
  // A resource without an id is gone.
  if (id === undefined) return response;
  response.setId(id);
  const secrets = secretsIn(properties, request.getProperties(), request.getInputs());
  response.setProperties(toStruct(stateOf(urn, props), secrets));
  if (inputs !== undefined) response.setInputs(toStruct(inputs, secrets));
  return response;
}

async function remove(request: proto.DeleteRequest): Promise<Empty> {
  if (created.has(request.getId())) return new Empty();
  await resource(request.getUrn()).lifecycle.delete(request.getId(), fromStruct(request.getProperties()));
  return new Empty();
}

export { remove as delete };

/**
 * The inputs with one `previous` or none. A list of at most one may be given for it, such as `previousSequences` of a
 * KnockSequence: YAML has no way to take an element that may be absent.
 */
function withOnePrevious({ previous, ...news }: Properties): Properties {
  if (!Array.isArray(previous) || previous.length > 1)
    return { ...news, ...(previous !== undefined && { previous }) };
  return { ...news, ...(previous.length > 0 && { previous: previous[0] }) };
}

/** A failure of `check` as a message. */
export function failureOf({ property, reason }: CheckFailure): proto.CheckFailure {
  const failure = new proto.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

/** What is secret in an answer to a request. */
function secretsIn(table: PropertyTable, ...asked: readonly (Struct | undefined)[]): readonly string[] {
  return [...secretsOf(table), ...secretNames(...asked)];
}

function resource(urn: string): ResourceKind & { readonly name: string } {
  const name = kindOf(urn);
  return { name, ...KINDS[name] };
}

/** The outputs with what the classes of the other front end compute in the program. */
function stateOf(urn: string, outs: Properties): Properties {
  return kindOf(urn) === "PortKnock" ? withClientConfig(urn, outs) : outs;
}
