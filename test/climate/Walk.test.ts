/**
 * What holds for every agent of the climate catalog. An agent joins by its entry and by its input in `examples/climate`.
 */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { Agent } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import * as Formula from "greenlang/climate/physics/Formula"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Services } from "./agents/services.ts"

const root = join(import.meta.dirname, "../..")

const facility = JSON.parse(readFileSync(join(root, "examples/facility.json"), "utf8"))
const power = { country: "UK", period: { start_date: "2025-04-01", end_date: "2026-03-31" } }
const purchase = { ...power, fuel_type: "electricity", amount: 1200, unit: "kWh", renewable_percentage: 100 }
const records = {
  emissions: [
    { fuel_type: "natural_gas", co2e_emissions_kg: 5311.43, scope: "1" },
    { fuel_type: "electricity", co2e_emissions_kg: 999.9, market_based_kg_co2e: 12, scope: "2" },
    { fuel_type: "forest", co2e_emissions_kg: -100, kind: "removal" }
  ],
  building_area: 7000,
  occupancy: 13
}

/** The first agents have their inputs here, the others in `examples/climate`. */
const inputs: Readonly<Record<string, unknown>> = {
  FuelAgent: purchase,
  FuelAgentAI: { fuel_type: "wood", amount: 3, unit: "short_ton", country: "US", efficiency: 0.8 },
  GridFactorAgent: power,
  GridFactorAgentAI: { country: "US", hour: 18, renewable_share: 0.3 },
  CarbonAgent: records,
  CarbonAgentAI: records,
  Footprint: facility
}

const inputOf = (name: string): unknown =>
  inputs[name] ?? JSON.parse(readFileSync(join(root, `examples/climate/${name}.json`), "utf8"))

type ClimateAgent = Agent.Agent<unknown, unknown, unknown, never>

const run = Effect.fnUntraced(function*(name: string) {
  const entry = Catalog.entries.find((entry) => entry.name === name)
  assert(entry !== undefined)
  const agent = (yield* entry.load) as unknown as ClimateAgent
  return yield* agent.run(inputOf(name))
})

/** Typical ranges of advice, which are rules of thumb, and what is not a result. */
const notResults = new Set([
  "citations",
  "provenance",
  "reduction_percent",
  "payback_years",
  "multiplier",
  "explanation"
])

const numbersIn = (value: unknown): ReadonlyArray<number> => {
  if (typeof value === "number") return [value]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => notResults.has(key) ? [] : numbersIn(part))
}

/** Equal, or the known number rounded, or in tonnes. */
const isFrom = (known: number, found: number) =>
  [known, -known, known / 1000].some((known) =>
    known === found ||
    [0, 1, 2, 3, 4, 6].some((decimals) =>
      Math.abs(known - found) <= 0.5000001 * 10 ** -decimals && found === Number(found.toFixed(decimals))
    )
  )

/** Agents that still cite sums outside of `Formula`: each one that changes that leaves this list. */
const withOwnSums = new Set([
  "IntensityAgent",
  "WasteHeatRecoveryAgentAI",
  "IndustrialHeatPumpAgentAI",
  "IndustrialProcessHeatAgentAI",
  "DecarbonizationRoadmapAgentAI",
  "DecarbonizationRoadmap"
])

/** The agents whose every number is walked. */
const walked = Object.keys(inputs)

layer(Services, { excludeTestServices: true })("every climate agent", (it) => {
  for (const name of walked) {
    it.effect(`${name} has every number of its answer from a citation or its input`, () =>
      Effect.gen(function*() {
        const { metadata, value } = yield* run(name)
        const known = [...numbersIn(inputOf(name)), ...metadata.citations.flatMap((citation) => numbersIn(citation)), 0]
        for (const number of numbersIn(value)) {
          assert(known.some((known) => isFrom(known, number)), `${name}: ${number} is from nowhere`)
        }
      }))
  }

  for (const { name } of Catalog.entries) {
    if (withOwnSums.has(name)) continue
    it.effect(`${name} cites only formulas that exist with their source`, () =>
      Effect.gen(function*() {
        const files = globSync("src/climate/**/*.ts", { cwd: root }).filter((file) => !file.endsWith("index.ts"))
        const modules = yield* Effect.promise(() => Promise.all(files.map((file) => import(join(root, file)))))
        const formulas = modules.flatMap((module) => Object.values(module as object)).filter(Formula.isFormula)
        const sources = new Map(formulas.map((formula) => [`${formula.id}: ${formula.expression}`, formula.source]))
        const { metadata } = yield* run(name)
        for (const citation of metadata.citations) {
          if (citation.kind === "factor") assert.isNotEmpty(citation.source)
          else assert.isNotEmpty(sources.get(`${citation.step}: ${citation.formula}`) ?? "", citation.step)
        }
      }))
  }

  it.effect("the built agents give byte-equal answers a hundred times", () =>
    Effect.gen(function*() {
      for (const name of walked) {
        const answer = Effect.map(run(name), ({ metadata, value }) => JSON.stringify([value, metadata.citations]))
        const first = yield* answer
        for (let time = 1; time < 100; time++) assert.isTrue((yield* answer) === first, name)
      }
    }))
})
