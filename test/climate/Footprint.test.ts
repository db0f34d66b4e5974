import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Layer, Schema, Stream, Struct } from "effect"
import { AiError, type LanguageModel } from "effect/ai"
import { Agent, Mermaid } from "greenlang"
import * as AiTwin from "greenlang/climate/AiTwin"
import { CarbonAgent } from "greenlang/climate/CarbonAgent"
import { Footprint, type FootprintReport } from "greenlang/climate/Footprint"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Offline from "greenlang/llm/offline/Offline"
import { Reply, ScriptedLlm } from "greenlang/testing"
import facility from "../../examples/facility.json" with { type: "json" }

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)
const Services = Layer.merge(Tables, Offline.layer)
const within = (actual: number | undefined, expected: number, relative: number) =>
  assert.approximately(actual ?? NaN, expected, expected * relative)

/** A vendor that does not know the key. */
const refused = new AiError.AuthenticationError({ kind: "InvalidKey" })

describe("Footprint", () => {
  it.layer(Services)((it) => {
    it.effect("adds up a Californian site, with the sources of its factors", () =>
      Effect.gen(function*() {
        const { metadata, value } = yield* Footprint.run(facility)
        // 1,000 therm at 53.06 kg CO2/mmBtu and 500 gal at 73.96 kg CO2/mmBtu and 0.138 mmBtu/gal with their CH4 and N2O
        // (US EPA GHG Emission Factors Hub 2025, AR6), 250,000 kWh at 429.99 lb CO2e/MWh (eGRID2023, CAMX)
        within(value.total_co2e_kg, 59_191.6, 0.001)
        within(value.total_co2e_tons, 59.1916, 0.001)
        within(value.by_scope?.["1"], 10_431.5, 0.001)
        assert.strictEqual(value.by_scope?.["2"], 48_760)
        assert.deepStrictEqual(value.emissions.map(({ fuel_type, scope }) => [fuel_type, scope]), [
          ["natural_gas", "1"],
          ["diesel", "1"],
          ["electricity", "2"]
        ])
        const [gas, diesel, power] = value.emissions
        within(gas?.co2e_kg, 5311.4, 0.001)
        within(diesel?.co2e_kg, 5120.1, 0.001)
        within(power?.co2e_kg, 48_760, 0.001)
        assert.deepStrictEqual(value.emissions_breakdown.map(({ source }) => source), [
          "electricity",
          "natural_gas",
          "diesel"
        ])
        assert.deepStrictEqual(value.carbon_intensity, { per_sqft: 1.1838, per_person: 493.26 })
        assert.deepStrictEqual(value.recommendations.map(({ source }) => source), [
          "electricity",
          "natural_gas",
          "diesel"
        ])

        assert.include(gas?.emission_factor_source, "US EPA GHG Emission Factors Hub")
        assert.strictEqual(gas?.emission_factor_year, 2025)
        assert.strictEqual(gas?.gwp_set, "AR6")
        assert.deepStrictEqual([power?.emission_factor, power?.region, power?.gwp_set], [0.19504, "CAMX", "AR6"])
        const factors = value.citations.filter((citation) => citation.kind === "factor")
        const grid = factors.find(({ source }) => source.includes("eGRID2023"))
        assert.deepStrictEqual([grid?.region, grid?.value, grid?.unit], ["CAMX", 0.19504, "kg CO2e/kWh"])
        assert.isTrue(factors.some(({ source, year }) => source.includes("US EPA GHG") && year === 2025))
        const steps = value.citations.flatMap((citation) => citation.kind === "calculation" ? [citation.step] : [])
        assert.includeMembers(steps, ["emissions", "market_based_emissions", "total_emissions", "share"])
        assert.deepStrictEqual(metadata.citations, value.citations)
      }))

    it.effect("is explained offline by what the tools found", () =>
      Effect.gen(function*() {
        const { value } = yield* Footprint.run(facility)
        assert.include(value.explanation, "59191.58")
        assert.strictEqual(value.provenance.model, "offline")
        assert.includeMembers([...value.provenance.toolsUsed], [
          "calculate_emissions",
          "aggregate_emissions"
        ])
      }))

    it.effect("takes electricity among the purchases as electricity, in any unit of energy", () =>
      Effect.gen(function*() {
        const { fuels, ...site } = facility
        const power = { fuel_type: "Electric", amount: 100, unit: "MWh" }
        const { value } = yield* Footprint.run({ ...site, electricity_kwh: 150_000, fuels: [...fuels, power] })
        assert.strictEqual(value.by_scope?.["2"], 48_760)
        assert.lengthOf(value.emissions, 4)

        const error = yield* Effect.flip(Footprint.run({ fuels: [...fuels, { ...power, unit: "gallon" }] }))
        assert(error._tag === "ValidationError")
        assert.strictEqual(error.issues[0]?.path, "fuels.2.unit")
      }))

    it.effect("keeps two purchases of one fuel apart by their source", () =>
      Effect.gen(function*() {
        const { value } = yield* Footprint.run({
          fuels: [
            { fuel_type: "diesel", amount: 100, unit: "gallon", source: "Generator" },
            { fuel_type: "diesel", amount: 300, unit: "gallons", source: "Trucks" }
          ]
        })
        assert.deepStrictEqual(value.emissions_breakdown.map(({ percentage, source }) => [source, percentage]), [
          ["Trucks", 75],
          ["Generator", 25]
        ])
        assert.notProperty(value.by_scope, "2")
        assert.deepStrictEqual(value.carbon_intensity, {})
      }))

    it.effect("answers a facility without energy with zeros", () =>
      Effect.gen(function*() {
        const { value } = yield* Footprint.run({ electricity_kwh: 0 })
        assert.deepStrictEqual([value.country, value.total_co2e_kg, value.emissions], ["US", 0, []])
        assert.match(value.summary, /^No data/)
      }))

    it.effect("fails by the country that has no factors, and by every field it cannot read", () =>
      Effect.gen(function*() {
        const country = yield* Effect.flip(Footprint.run({ ...facility, country: "Atlantis" }))
        assert.strictEqual(country._tag, "DataError")
        const error = yield* Effect.flip(
          Footprint.run({ fuels: [{ fuel_type: "natural_gas", amount: -5 } as never], occupants: 0 })
        )
        assert(error._tag === "InvalidInput")
        assert.deepStrictEqual(error.issues.map(({ path }) => path), ["fuels.0.amount", "fuels.0.unit", "occupants"])
      }))

    it.effect("gives the numbers of its agents", () =>
      Effect.gen(function*() {
        const { value } = yield* Footprint.run({ fuels: facility.fuels, area_sqft: 1000 })
        const fuels = yield* Effect.forEach(facility.fuels, (fuel) => FuelAgent.run({ ...fuel, country: "US" }))
        const carbon = yield* CarbonAgent.run({
          emissions: fuels.map(({ value }) => ({
            fuel_type: value.fuel_type,
            co2e_emissions_kg: value.co2e_emissions_kg,
            scope: value.scope
          })),
          building_area: 1000
        })
        assert.strictEqual(value.total_co2e_kg, carbon.value.total_co2e_kg)
        assert.deepStrictEqual(value.by_scope, carbon.value.by_scope)
        assert.deepStrictEqual(value.carbon_intensity, carbon.value.carbon_intensity)
      }))

    it.effect("burns and buys at the same time", () =>
      Effect.gen(function*() {
        const events = Array.from(yield* Stream.runCollect(Footprint.events(facility)))
        const at = (tag: string, step: string) =>
          events.findIndex((event) => event._tag === tag && "path" in event && event.path[0] === step)
        assert.isBelow(at("StepStarted", "electricity"), at("StepFinished", "fuel emissions"))
        assert.isBelow(at("StepFinished", "fuel emissions"), at("StepStarted", "sources"))
        assert.isBelow(at("StepFinished", "carbon"), at("StepStarted", "explanation"))
        assert.strictEqual(events.at(-1)?._tag, "RunEnded")

        assert.strictEqual((yield* Footprint.report({ fuels: facility.fuels })).criticalPath.at(-1), "report")
      }))
  })

  it.layer(Tables)((it) => {
    it.effect("gives the same numbers with a model that lies", () =>
      Effect.gen(function*() {
        const honest = yield* Footprint.run(facility).pipe(Effect.provide(Offline.layer))
        const { value } = yield* Footprint.run(facility).pipe(Effect.provide(ScriptedLlm.layer(
          Reply.call("calculate_intensity", { total_kg: 1, building_area: 1 }),
          "total_co2e_kg: 1",
          "One kilogram."
        )))
        const numbers = (report: FootprintReport) => Struct.omit(report, ["explanation", "provenance"])
        assert.deepStrictEqual(numbers(value), numbers(honest.value))
        assert.strictEqual(value.explanation, "One kilogram.")
      }))

    it.effect("fails as its model does, with the numbers kept", () =>
      Effect.gen(function*() {
        const outcome = yield* Agent.outcome(Footprint, facility).pipe(Effect.provide(ScriptedLlm.layer(refused)))
        assert(!outcome.success && outcome.error._tag === "AiError")
        const kept = yield* Schema.decodeUnknownEffect(Schema.Struct({ total_co2e_kg: Schema.Finite }))(
          outcome.metadata.annotations["numbers"]
        )
        assert.strictEqual(kept.total_co2e_kg, 59_191.58)
      }))

    it.effect("asks no model where no explanation is wanted", () =>
      Effect.gen(function*() {
        const { value } = yield* Footprint.run(facility).pipe(
          Effect.provide(ScriptedLlm.layer()),
          Effect.provideService(AiTwin.Options, { enableExplanations: false, enableRecommendations: false })
        )
        assert.deepStrictEqual([value.explanation, value.recommendations], [undefined, []])
      }))
  })

  it("draws one box for each concern", () => {
    const drawing = Mermaid.render(Footprint)
    for (const name of ["fuel emissions", "electricity emissions", "carbon", "explanation", "report"]) {
      assert.include(drawing, name)
    }
    assert.deepStrictEqual(
      Footprint.steps.find(({ name }) => name === "sources")?.after.map(({ name }) => name),
      ["fuel emissions", "electricity emissions"]
    )
  })

  it("needs the tables and a model, and nothing else", () => {
    type Needs = Effect.Services<ReturnType<typeof Footprint.run>>
    expectTypeOf<Needs>().toEqualTypeOf<ReferenceTables | LanguageModel.LanguageModel>()
  })
})
