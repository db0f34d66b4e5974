/**
 * The footprints of many facilities as one pipeline: each is a step of its own, and is recorded when it has ended.
 */
import { Effect, Schema } from "effect"
import { Agent, Pipeline, Run, Step } from "greenlang"
import { Footprint } from "greenlang/climate"
import { FootprintError } from "greenlang/climate/Footprint"
import { KilogramsCo2e } from "greenlang/climate/Quantity"
import { appendFileSync } from "node:fs"

const Site = Schema.Struct({ site: Schema.String, kg: KilogramsCo2e })

/** Where the step notes that it began: `kill.ts` counts the lines. */
const began = process.env["STEPS"]

/** What asks a meter over the network takes its time. */
const askTheMeter = Effect.sleep("30 millis")

export const Portfolio = Pipeline.make(
  "Portfolio",
  { version: "1.0.0", input: Schema.Struct({ sites: Schema.Int }), output: Schema.Finite, error: FootprintError },
  (input) => {
    const sites = Step.pure("sites", [input], ({ sites }) => Array.from({ length: sites }, (_, at) => at + 1))
    const footprints = Step.forEach(
      "footprints",
      sites,
      (site, at) =>
        Effect.gen(function*() {
          if (began !== undefined) appendFileSync(began, `footprints/${at}\n`)
          yield* askTheMeter
          const { total_co2e_kg } = yield* Agent.call(Footprint, {
            name: `site ${site}`,
            country: "US",
            fuels: [{ fuel_type: "natural_gas", amount: 100 * site, unit: "therm" }],
            electricity_kwh: 1000 * site
          })
          yield* Run.addUsage({ calls: 1 })
          return { site: `site ${site}`, kg: total_co2e_kg }
        }),
      { concurrency: 4, output: Site }
    )
    return Step.pure("total", [footprints], (all) => all.reduce((sum, { kg }) => sum + kg, 0))
  }
)
