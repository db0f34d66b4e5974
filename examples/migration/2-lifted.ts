/**
 * The first step changes no line of the old agent: it is lifted onto worker threads, where it may block, and becomes a
 * step of a pipeline next to an agent that is new already. Ten calls wait on ten threads at once.
 */
import { Effect, Schema } from "effect"
import { Agent, CpuPool, lift, Pipeline, Step } from "greenlang"
import { sites } from "./OldCaller.ts"
import { Rating } from "./Rating.ts"
import { Emissions } from "./SiteEmissions.ts"
import * as World from "./World.ts"

/** The old agent throws an instance of its own class. These fields of it reach this thread. */
const UnknownSite = Schema.Struct({ name: Schema.Literal("UnknownSite"), message: Schema.String, site: Schema.String })

export const LegacySiteEmissions = lift("LegacySiteEmissions", {
  version: "1.0.0",
  module: new URL("./LegacySiteEmissions.ts", import.meta.url),
  export: "SiteEmissions",
  input: Schema.Struct({ site: Schema.String }),
  output: Schema.Struct({ value: Emissions }),
  error: UnknownSite,
  timeout: "1 minute"
}).pipe(Agent.map(Emissions, ({ value }) => value))

export const Report = Pipeline.make("Report", {
  version: "1.0.0",
  input: Schema.Struct({ site: Schema.String }),
  output: Schema.String
}, (site) => {
  const emissions = Step.agent("emissions", LegacySiteEmissions, [site], (site) => site)
  const rating = Step.agent("rating", Rating, [emissions], (emissions) => emissions)
  return Step.make(
    "line",
    [site, emissions, rating],
    ({ site }, { kilograms }, { grade }) => Effect.succeed(`${site}: ${kilograms.toFixed(0)} kg CO2, grade ${grade}`)
  )
})

const program = Effect.gen(function*() {
  for (const outcome of yield* Agent.batch(Report, sites.map((site) => ({ site })), { concurrency: "unbounded" })) {
    console.log(outcome.success ? outcome.value : outcome.error.message)
  }

  const ten = Array.from({ length: 10 }, () => ({ site: "Hall" }))
  yield* Agent.batch(LegacySiteEmissions, ten, { concurrency: "unbounded" }) // starts the threads
  const began = performance.now()
  yield* Agent.batch(LegacySiteEmissions, ten, { concurrency: "unbounded" })
  console.log(`Ten calls on ten threads: ${(performance.now() - began).toFixed(0)} ms.`)
})

if (import.meta.main) {
  await using _world = await World.open()
  await Effect.runPromise(Effect.provide(program, CpuPool.layerWorkers({ size: 10 })))
}
