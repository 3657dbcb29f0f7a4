import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UNKNOWN } from "../../provider/door/unknown";
import { makeService } from "../../provider/plugin/service";
import { PRIVATE_KEY } from "../resource/inputs";

const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";
const URN = "urn:pulumi:dev::web::pkg:index:Site$portknock:index:PortKnock::ssh";

let server: Server;
let client: ResourceProviderClient;

beforeAll(async () => {
  server = new Server();
  server.addService(ResourceProviderService, makeService("{}", "1.2.3"));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
});
afterAll(() => {
  client.close();
  server.forceShutdown();
});

const secret = (value: unknown) => ({ [SECRET_SIGNATURE]: SECRET_MARK, value });
const struct = (value: object) => Struct.fromJavaScript(value as never);

function inputs(more: object = {}): object {
  return {
    connection: { host: "192.0.2.1", privateKey: PRIVATE_KEY },
    sequence: "tcp/61873,udp/62941",
    door: [{ protocol: "tcp", ports: [22] }],
    ...more,
  };
}

async function check(news: object, urn = URN): Promise<proto.CheckResponse> {
  const request = new proto.CheckRequest();
  request.setUrn(urn);
  request.setOlds(struct({}));
  request.setNews(struct(news));
  return await new Promise((resolve, reject) =>
    client.check(request, (error, response) => (error ? reject(error) : resolve(response))),
  );
}

const marked = (response: { getInputs(): Struct | undefined }) =>
  Object.entries(response.getInputs()?.toJavaScript() ?? {})
    .flatMap(([name, value]) =>
      typeof value === "object" && value !== null && SECRET_SIGNATURE in value ? [name] : [],
    )
    .sort();

test("what the table calls secret is marked, whether or not the program says so", async () => {
  const response = await check(inputs());
  expect(response.getFailuresList()).toEqual([]);
  expect(marked(response)).toEqual(["connection", "sequence"]);
  expect(JSON.stringify(response.getInputs()?.toJavaScript().rules)).toContain("<knock 1>");
});

test("what the program marks is marked in the answer as well", async () => {
  expect(marked(await check(inputs({ openForSeconds: secret(7) })))).toEqual([
    "connection",
    "openForSeconds",
    "sequence",
  ]);
});

test("the owner has the parents' types, and the organization of the configuration", async () => {
  const ownerNow = async () => (await check(inputs())).getInputs()?.toJavaScript().owner;
  expect(await ownerNow()).toBe("organization/web/dev/pkg:index:Site/ssh");
  const request = new proto.ConfigureRequest();
  request.setArgs(struct({ organization: "acme", connection: '{"user":"ops"}' }));
  await new Promise((resolve) => client.configure(request, resolve));
  expect(await ownerNow()).toBe("acme/web/dev/pkg:index:Site/ssh");
});

test("a list of at most one stands for previous", async () => {
  const one = { sequence: "tcp/7000", acceptUntil: "2037-01-01T00:00:00Z" };
  const previousOf = async (previous: unknown) =>
    (await check(inputs({ previous }))).getInputs()?.toJavaScript().previous;
  expect(await previousOf([])).toBeUndefined();
  expect(await previousOf([one])).toEqual(await previousOf(one));
  expect(await previousOf(UNKNOWN)).toMatchObject({ value: UNKNOWN });
});

test("a preview of a create knows the rules, and not what the host will say", async () => {
  const checked = (await check(inputs())).getInputs();
  const request = new proto.CreateRequest();
  request.setUrn(URN);
  request.setPreview(true);
  request.setProperties(checked);
  const response = await new Promise<proto.CreateResponse>((resolve, reject) =>
    client.create(request, (error, made) => (error ? reject(error) : resolve(made))),
  );
  const outputs = response.getProperties()?.toJavaScript() ?? {};
  expect(outputs).toMatchObject({ hostKey: UNKNOWN, warnings: UNKNOWN, knockCommand: { value: UNKNOWN } });
  expect(outputs.rules).toEqual(checked?.toJavaScript().rules);
});

test("a wrong value is told by its path, and a resource that is none by its type", async () => {
  const [failure] = (await check(inputs({ openForSeconds: 61_873_000 }))).getFailuresList();
  expect(failure?.getReason()).toMatch(/^openForSeconds: must be seconds up to a day/);
  await expect(check({}, URN.replace("PortKnock", "Nothing"))).rejects.toThrow(
    "unknown resource type portknock:index:Nothing",
  );
});
