/**
 * A process that runs `Portfolio` in the file that it is given, and prints the result. It may be killed at any moment, and
 * started again: it submits the run under the same key, so it is the same run.
 */
import { Effect, Layer } from "effect"
import { Offline } from "greenlang"
import { ReferenceTables } from "greenlang/climate"
import { Database } from "greenlang/database"
import { Durable } from "greenlang/durable"
import { Portfolio } from "./Portfolio.ts"

const [file = "runs.db", sites = "50"] = process.argv.slice(2)

const program = Effect.gen(function*() {
  const id = yield* Durable.submit(Portfolio, { sites: Number(sites) }, { key: "2026" })
  const { metadata, value } = yield* Durable.result(id, Portfolio)
  console.log(JSON.stringify({ id, value, citations: metadata.citations, usage: metadata.usage }))
})

const Services = Layer.merge(Layer.provide(ReferenceTables.layer, Database.layerMemory), Offline.layer)
const Runs = Layer.provide(Durable.layerEmbedded({ pipelines: [Portfolio], file }), Services)

await Effect.runPromise(Effect.provide(program, Runs))
