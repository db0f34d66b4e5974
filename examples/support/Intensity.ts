/**
 * What the programs about practices are about: an agent that asks the service of `Grid`, and the countries that it is
 * asked for.
 */
import { Effect, Schema } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { Agent } from "greenlang"

const Answer = Schema.Struct({ grams: Schema.Finite })

/** Reads a URL, such as `http://127.0.0.1:3000/intensity/DE`, and answers with grams of carbon dioxide a kilowatt-hour. */
export const Intensity = Agent.make("Intensity", {
  version: "1.0.0",
  input: Schema.String,
  output: Schema.Finite,
  execute: (url) =>
    HttpClient.get(url).pipe(
      Effect.flatMap(HttpClientResponse.filterStatusOk),
      Effect.flatMap(HttpClientResponse.schemaBodyJson(Answer)),
      Effect.map(({ grams }) => grams)
    )
})

export const countries = ["DE", "FR", "PL", "DE", "FR", "PL", "DE", "FR", "PL", "DE"]
