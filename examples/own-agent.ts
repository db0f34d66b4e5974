/**
 * An agent of one's own: what a commute emits in a year, with the source of the number, and an answer to bad input that
 * says what would be right.
 */
import { Effect, Schema } from "effect"
import { Agent, Run } from "greenlang"

const kgCo2PerMile = { car: 0.297, bus: 0.066 } // EPA GHG Emission Factors Hub 2025, Table 10

const Commute = Agent.make("Commute", {
  version: "1.0.0",
  description: "CO2 of a year's way to work",
  input: Schema.Struct({
    by: Schema.Literals(["car", "bus"]),
    miles: Schema.Finite.annotate({ description: "one way" }).check(Schema.isGreaterThan(0)),
    days: Schema.Int.annotate({ description: "in the office, a year" })
  }),
  output: Schema.Struct({ kgCo2: Schema.Finite }),
  execute: Effect.fnUntraced(function*({ by, days, miles }) {
    const value = kgCo2PerMile[by]
    yield* Run.cite({ kind: "factor", name: by, value, unit: "kg CO2/mile", source: "EPA", year: 2025 })
    return { kgCo2: Math.round(value * miles * 2 * days) }
  })
})

const program = Effect.gen(function*() {
  for (const by of ["car", "bus"] as const) {
    const { metadata, value } = yield* Commute.run({ by, miles: 12, days: 220 })
    console.log(`By ${by}: ${value.kgCo2} kg CO2 a year.`)
    for (const citation of metadata.citations) console.log(" ", ...Object.values(citation))
  }
  yield* Commute.run({ by: "bus", miles: -3, days: 219.5 })
}).pipe(Effect.catchTag("InvalidInput", (error) => Effect.sync(() => console.log(error.message))))

await Effect.runPromise(program)
