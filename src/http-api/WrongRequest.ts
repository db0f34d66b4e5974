/**
 * A middleware of `effect/http-api` that answers a request which breaks the schemas of its endpoint with status 422 and every issue,
 * as `InvalidInput`. Without it, such a request is answered with an empty 400.
 *
 * Issues are all there, and unknown fields are among them, where the group says so:
 * `.annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })`.
 *
 * ```ts
 * import { Schema } from "effect"
 * import { HttpApi, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
 * import { WrongRequest } from "greenlang/http-api"
 *
 * const double = HttpApiEndpoint.post("double", "/double", { payload: Schema.Finite, success: Schema.Finite })
 * export const Api = HttpApi.make("Numbers").add(HttpApiGroup.make("numbers").add(double).middleware(WrongRequest))
 * // the service provides WrongRequest.layer
 * ```
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiError from "effect/http-api/HttpApiError"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import { InvalidInput } from "../agent/AgentError.ts"
import * as Issue from "../agent/Issue.ts"

/**
 * The middleware, for a group or an endpoint. `agent` of its `InvalidInput` is what `WrongRequest.agent` annotates the endpoint with.
 * Default: the name of the endpoint. An answer that breaks its schema is a fault of the service, and stays an empty 500.
 *
 * @category middleware
 */
export class WrongRequest extends HttpApiMiddleware.Service<WrongRequest>()("greenlang/http-api/WrongRequest", {
  error: InvalidInput.pipe(HttpApiSchema.status(422))
}) {
  /**
   * The name of the agent behind an endpoint, so that what the middleware refuses and what the agent refuses name the same:
   * `endpoint.annotate(WrongRequest.agent, Burn.name)`.
   */
  static readonly agent = Context.Reference<string | undefined>("greenlang/http-api/WrongRequest/agent", {
    defaultValue: () => undefined
  })

  static readonly layer = HttpApiMiddleware.layerSchemaErrorTransform(this, (error, { endpoint }) => {
    const schema = schemaOf(endpoint, error.kind)
    return Effect.fail(
      schema === undefined
        ? error
        : new InvalidInput({
          agent: Context.get(endpoint.annotations, WrongRequest.agent) ?? endpoint.identifier,
          issues: Issue.describe(schema, error.cause.issue)
        })
    )
  })
}

/** The schema that a request broke. `undefined` where it was the answer that broke one. */
const schemaOf = (
  { headers, params, payload, query }: HttpApiEndpoint.Top,
  kind: HttpApiError.HttpApiSchemaError["kind"]
): Schema.Constraint | undefined => {
  switch (kind) {
    case "Params":
      return params
    case "Query":
      return query
    case "Headers":
      return headers
    case "Payload":
      return Schema.Union([...payload.values()].flatMap(({ schemas }): ReadonlyArray<Schema.Top> => schemas))
    case "Body":
    case "ResponseHeaders":
      return undefined
  }
}
