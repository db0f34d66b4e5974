/**
 * An agent as an endpoint of a service (`support/FuelService.ts`). This service calls itself, and shuts down.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import * as FuelService from "./support/FuelService.ts"

const program = Effect.gen(function*() {
  const client = yield* HttpApiClient.make(FuelService.Api)
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

// A free port of this machine, and a client for it. A service that stays up has `Layer.launch(FuelService.layer)` here, and
// `NodeHttpServer.layer(createServer, { port: 3000 })` below it.
await Effect.runPromise(Effect.provide(program, Layer.provideMerge(FuelService.layer, NodeHttpServer.layerTest)))
