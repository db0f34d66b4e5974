/**
 * An agent inside a service that is written with Effect: its schemas are the endpoint's, what its caller can do wrong has a
 * status, and what it needs comes from the layers of the service. This service calls itself, and shuts down.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, Schema } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiClient, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Agent, InvalidInput } from "greenlang"
import { DataError, ValidationError } from "greenlang/climate/ClimateError"
import { FuelAgent, FuelInput, FuelOutput } from "greenlang/climate/FuelAgent"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"

const Api = HttpApi.make("Emissions").add(
  HttpApiGroup.make("emissions", { topLevel: true }).add(
    HttpApiEndpoint.post("fuel", "/fuel", {
      payload: Schema.toEncoded(FuelInput),
      success: FuelOutput,
      error: [
        InvalidInput.pipe(HttpApiSchema.status(422)),
        ValidationError.pipe(HttpApiSchema.status(422)),
        DataError.pipe(HttpApiSchema.status(404))
      ]
    })
  )
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
  Layer.provide(ReferenceTables.layer),
  Layer.provide(Database.layerMemory)
)

const program = Effect.gen(function*() {
  const client = yield* HttpApiClient.make(Api)
  const diesel = yield* client.fuel({ payload: { fuel_type: "diesel", amount: 500, unit: "gallon" } })
  console.log(`500 gallons of diesel: ${diesel.co2e_emissions_kg} kg CO2e, by ${diesel.emission_factor_source}`)

  const error = yield* Effect.flip(client.fuel({ payload: { fuel_type: "coal", amount: 5, unit: "gallon" } }))
  console.log(`${error._tag}: ${error.message}`)
})

// A free port of this machine, and a client for it. A service that stays up has `Layer.launch(Service)` here, and
// `NodeHttpServer.layer(createServer, { port: 3000 })` below it.
await Effect.runPromise(Effect.provide(program, Layer.provideMerge(Service, NodeHttpServer.layerTest)))
