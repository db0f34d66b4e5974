/**
 * An agent inside a service that is written with Effect: its schemas are those of the endpoint, each mistake of a caller has a
 * status, and its services come from the layers of the service. This service calls itself, and shuts down.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, Schema } from "effect"
import { HttpClient, HttpClientRequest, HttpRouter } from "effect/http"
import {
  HttpApi,
  HttpApiBuilder,
  HttpApiClient,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema
} from "effect/http-api"
import { Agent, InvalidInput } from "greenlang"
import * as Issue from "greenlang/agent/Issue"
import { DataError, ValidationError } from "greenlang/climate/ClimateError"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"

/** Without this, `effect/http-api` answers a wrong body with 400 and nothing else. */
class WrongBody extends HttpApiMiddleware.Service<WrongBody>()("examples/http-service/WrongBody", {
  error: InvalidInput.pipe(HttpApiSchema.status(422))
}) {
  static readonly layer = HttpApiMiddleware.layerSchemaErrorTransform(
    this,
    ({ cause }) => new InvalidInput({ agent: FuelAgent.name, issues: Issue.describe(FuelAgent.input, cause.issue) })
  )
}

const fuel = HttpApiEndpoint.post("fuel", "/fuel", {
  payload: Schema.toEncoded(FuelAgent.input),
  success: FuelAgent.output,
  error: [
    ValidationError.pipe(HttpApiSchema.status(422)),
    InvalidInput.pipe(HttpApiSchema.status(422)),
    DataError.pipe(HttpApiSchema.status(404))
  ]
})

const Api = HttpApi.make("Emissions").add(
  HttpApiGroup.make("emissions", { topLevel: true })
    .add(fuel)
    .middleware(WrongBody)
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

const Service = HttpRouter.serve(HttpApiBuilder.layer(Api), { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide(Handlers),
  Layer.provide(WrongBody.layer),
  Layer.provide(ReferenceTables.layer),
  Layer.provide(Database.layerMemory)
)

const program = Effect.gen(function*() {
  const client = yield* HttpApiClient.make(Api)
  const diesel = yield* client.fuel({ payload: { fuel_type: "diesel", amount: 500, unit: "gallon" } })
  console.log(`500 gallons of diesel: ${diesel.co2e_emissions_kg} kg CO2e, by ${diesel.emission_factor_source}`)

  const error = yield* Effect.flip(client.fuel({ payload: { fuel_type: "coal", amount: 5, unit: "gallon" } }))
  console.log(`${error._tag}: ${error.message}`)

  // a caller without the client, and with a wrong body
  const http = yield* HttpClient.HttpClient
  const request = HttpClientRequest.post("/fuel").pipe(HttpClientRequest.bodyJsonUnsafe({ amount: "5", colour: "red" }))
  const response = yield* http.execute(request)
  console.log(response.status, yield* response.json)
})

// A free port of this machine, and a client for it. A service that stays up has `Layer.launch(Service)` here, and
// `NodeHttpServer.layer(createServer, { port: 3000 })` below it.
await Effect.runPromise(Effect.provide(program, Layer.provideMerge(Service, NodeHttpServer.layerTest)))
