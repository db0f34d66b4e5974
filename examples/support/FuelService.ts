/**
 * An agent inside a service that is written with Effect: its schemas are those of the endpoint, each mistake of a caller has a
 * status, and its services come from the layers of the service.
 */
import { ByteSize, Effect, Layer, Schema } from "effect"
import { HttpIncomingMessage, HttpRouter } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Agent, InvalidInput } from "greenlang"
import { DataError, ValidationError } from "greenlang/climate/ClimateError"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import { WrongRequest } from "greenlang/http-api"

const fuel = HttpApiEndpoint.post("fuel", "/fuel", {
  payload: Schema.toEncoded(FuelAgent.input),
  success: FuelAgent.output,
  error: [
    ValidationError.pipe(HttpApiSchema.status(422)),
    InvalidInput.pipe(HttpApiSchema.status(422)),
    DataError.pipe(HttpApiSchema.status(404))
  ]
}).annotate(WrongRequest.agent, FuelAgent.name)

export const Api = HttpApi.make("Emissions").add(
  HttpApiGroup.make("emissions", { topLevel: true })
    .add(fuel)
    // a wrong body is answered with 422 and its issues, not with an empty 400
    .middleware(WrongRequest)
    // every mistake at once, and an unknown field is a mistake
    .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
)

const Handlers = HttpApiBuilder.group(
  Api,
  "emissions",
  Effect.fn(function*(handlers) {
    const tables = yield* Effect.context<ReferenceTables>()
    return handlers.handleAll({
      fuel: ({ payload }) =>
        Agent.call(FuelAgent, payload).pipe(
          Effect.catchTag(
            ["CalculationError", "DatabaseError", "InvalidOutput", "NestedTooDeep", "TimedOut"],
            Effect.die
          ), // status 500
          Effect.provide(tables)
        )
    })
  })
)

/** A larger body is answered with 413, and its connection closed. */
const limits = Layer.succeed(HttpIncomingMessage.MaxBodySize, ByteSize.kibibytes(64))

export const layer = HttpRouter.serve(HttpApiBuilder.layer(Api), { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide(Handlers),
  Layer.provide(WrongRequest.layer),
  Layer.provide(limits),
  Layer.provide(ReferenceTables.layer),
  Layer.provide(Database.layerMemory)
)
