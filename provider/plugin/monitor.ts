import { credentials } from "@grpc/grpc-js";
import type { ConstructRequest } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  type RegisterResourceResponse,
  Result,
} from "@pulumi/pulumi/proto/resource_pb";
import type { Properties } from "../door/properties";
import { fromStruct, toStruct } from "./values";

/** A resource that a component declares. */
interface Child {
  readonly type: string;
  readonly name: string;
  readonly properties: Properties;
  readonly secrets: readonly string[];
  readonly dependencies: readonly string[];
}

/** What came of a child; undefined outputs if it failed, or was skipped, while the others go on. */
export interface Registered {
  readonly urn: string;
  readonly outputs: Properties | undefined;
}

/**
 * Declares a component and its children. The SDK's way to do this has its settings in global variables and takes most of a
 * second to load; a component of two types of children needs little of it.
 */
export class Declaring {
  private readonly client: ResourceMonitorClient;
  private urn = "";

  constructor(
    private readonly request: ConstructRequest,
    private readonly version: string,
  ) {
    this.client = new ResourceMonitorClient(request.getMonitorendpoint(), credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
    });
  }

  /** The component itself, with the options that its program gave. */
  async component(): Promise<string> {
    const { request } = this;
    const message = this.message(request.getType(), request.getName(), request.getParent());
    message.setAliasesList(request.getAliasesList());
    message.setDependenciesList(request.getDependenciesList());
    message.setReplaceonchangesList(request.getReplaceonchangesList());
    message.setIgnorechangesList(request.getIgnorechangesList());
    for (const [name, provider] of request.getProvidersMap().entries())
      message.getProvidersMap().set(name, provider);
    this.urn = (await this.register(message)).getUrn();
    return this.urn;
  }

  async child({ type, name, properties, secrets, dependencies }: Child): Promise<Registered> {
    const message = this.message(type, name, this.urn);
    message.setCustom(true);
    message.setObject(toStruct(properties, secrets));
    message.setDependenciesList([...dependencies]);
    message.setProvider(this.request.getProvidersMap().get("portknock") ?? "");
    message.setVersion(this.version);
    message.setAcceptsecrets(true);
    // `pulumi up --replace` does not ask `diff`. Creating first would end with the deletion of the new rules.
    message.setDeletebeforereplace(true);
    message.setDeletebeforereplacedefined(true);
    message.setSupportsresultreporting(true);
    const response = await this.register(message);
    const isDone = response.getResult() === Result.SUCCESS;
    return { urn: response.getUrn(), outputs: isDone ? fromStruct(response.getObject()) : undefined };
  }

  /** Nothing more comes. The state has the children's outputs; a copy would grow with the fleet. */
  finish(): Promise<void> {
    const message = new RegisterResourceOutputsRequest();
    message.setUrn(this.urn);
    message.setOutputs(toStruct({}, []));
    return new Promise<void>((resolve, reject) => {
      this.client.registerResourceOutputs(message, (error) => (error ? reject(error) : resolve()));
    }).finally(() => this.client.close());
  }

  private message(type: string, name: string, parent: string): RegisterResourceRequest {
    const { request } = this;
    const message = new RegisterResourceRequest();
    message.setType(type);
    message.setName(name);
    message.setParent(parent);
    message.setAliasspecs(true);
    message.setSupportspartialvalues(true);
    message.setProtect(request.getProtect() ?? false);
    message.setRetainondelete(request.getRetainondelete() ?? false);
    message.setDeletedwith(request.getDeletedwith());
    return message;
  }

  private register(message: RegisterResourceRequest): Promise<RegisterResourceResponse> {
    return new Promise((resolve, reject) => {
      this.client.registerResource(message, (error, response) => (error ? reject(error) : resolve(response)));
    });
  }
}
