import type { ServerUnaryCall, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { toCheckFailure } from "../resource/failures";
import { type Configuration, configurationFailures, readConfiguration, SECRET_KEYS } from "./configuration";
import { connectEngine } from "./engine";
import { toServiceError } from "./failure";
import { construct } from "./fleet";
import { invoke, SECRET_RESULTS } from "./functions";
import * as operations from "./operations";
import { fromStruct, secretNames, toStruct } from "./values";

type Call<Request> = ServerUnaryCall<Request, unknown>;

/** A call of gRPC: the request, and who waits for the answer. */
type Handler<Request, Response> = (
  call: ServerUnaryCall<Request, Response>,
  done: sendUnaryData<Response>,
) => void;

/** The provider as Pulumi calls it (proto/pulumi/provider.proto). A method that is not here is answered UNIMPLEMENTED. */
export function makeService(schema: string, version: string): UntypedServiceImplementation {
  let configuration: Configuration = readConfiguration({});

  /** An operation on a resource. */
  const onResource =
    <Request extends { getUrn(): string }, Response>(
      operation: (request: Request, configuration: Configuration) => Promise<Response>,
    ): Handler<Request, Response> =>
    ({ request }, done) => {
      operation(request, configuration).then(
        (response) => done(null, response),
        (error: unknown) => done(toServiceError(error)),
      );
    };

  return {
    handshake: answering((request: proto.ProviderHandshakeRequest) => {
      connectEngine(request.getEngineAddress());
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),
    attach: answering((request: PluginAttach) => {
      connectEngine(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: answering(() => {
      const response = new PluginInfo();
      response.setVersion(version);
      return response;
    }),
    getSchema: answering(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(schema);
      return response;
    }),
    checkConfig: answering((request: proto.CheckRequest) => {
      const given = fromStruct(request.getNews());
      const response = new proto.CheckResponse();
      response.setInputs(toStruct(given, [...SECRET_KEYS, ...secretNames(request.getNews())]));
      response.setFailuresList(configurationFailures(given).map(toCheckFailure).map(operations.failureOf));
      return response;
    }),
    configure: answering((request: proto.ConfigureRequest) => {
      configuration = readConfiguration(fromStruct(request.getArgs()));
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    check: onResource(operations.check),
    diff: onResource(operations.diff),
    create: onResource(operations.create),
    update: onResource(operations.update),
    read: onResource(operations.read),
    delete: onResource(operations.delete),
    construct: ({ request }: Call<proto.ConstructRequest>, done: sendUnaryData<proto.ConstructResponse>) => {
      construct(request, version).then(
        (response) => done(null, response),
        (error: unknown) => done(toServiceError(error)),
      );
    },
    invoke: answering((request: proto.InvokeRequest) => {
      const { result, failures } = invoke(request.getTok(), fromStruct(request.getArgs()));
      const response = new proto.InvokeResponse();
      response.setReturn(toStruct(result, SECRET_RESULTS));
      response.setFailuresList(failures.map(toCheckFailure).map(operations.failureOf));
      return response;
    }),
    // Without diffConfig Pulumi compares by itself.
    // The hosts take back what nobody confirms.
    cancel: answering(() => new Empty()),
  } as UntypedServiceImplementation;
}

/** A call that is answered at once. */
function answering<Request, Response>(answer: (request: Request) => Response): Handler<Request, Response> {
  return ({ request }, done) => {
    try {
      done(null, answer(request));
    } catch (error) {
      done(toServiceError(error));
    }
  };
}
