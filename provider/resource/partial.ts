import type { Properties } from "../door/properties";
import { type ErrorCode, type ErrorDetails, PortKnockError } from "../errors";

/**
 * An error of a door that is on the host. Pulumi keeps the state of a resource whose error has `id`, `properties` and
 * `reasons`, and marks it as not fully initialised (sdk/nodejs/cmd/dynamic-provider: grpcResponseFromError). These are
 * getters: the state has secrets, and loggers print the fields of an error.
 */
export class PartialError extends PortKnockError {
  readonly #id: string;
  readonly #properties: Properties;

  constructor(code: ErrorCode, reason: string, details: ErrorDetails, id: string, properties: Properties) {
    super(code, reason, details);
    this.#id = id;
    this.#properties = properties;
  }

  get id(): string {
    return this.#id;
  }

  get properties(): Properties {
    return this.#properties;
  }

  get reasons(): string[] {
    return [this.message];
  }
}
