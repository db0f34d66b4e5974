import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { DecarbonizationRoadmap } from "greenlang/climate/DecarbonizationRoadmap"
import { DecarbonizationRoadmapAgentAI } from "greenlang/climate/DecarbonizationRoadmapAgentAI"
import * as RoadmapInventory from "greenlang/climate/RoadmapInventory"
import * as RoadmapRiskTools from "greenlang/climate/RoadmapRiskTools"
import * as RoadmapTools from "greenlang/climate/RoadmapTools"
import { Durable } from "greenlang/durable"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import plant from "../../../examples/climate/DecarbonizationRoadmapAgentAI.json" with { type: "json" }
import { fieldsOf, Services } from "./services.ts"

const run = (more: object = {}) => DecarbonizationRoadmapAgentAI.run({ ...plant, ...more } as never)

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-roadmap-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

describe("DecarbonizationRoadmap as a durable run", () => {
  it.live("has the numbers and citations of a run in process, in memory and in a file", () =>
    Effect.scoped(Effect.gen(function*() {
      const here = yield* DecarbonizationRoadmap.run(plant as never)
      const pipelines = [DecarbonizationRoadmap] as const
      const file = join(yield* folder, "runs.db")
      for (const layer of [Durable.layerMemory({ pipelines }), Durable.layerEmbedded({ pipelines, file })]) {
        const { metadata, value } = yield* Durable.submit(DecarbonizationRoadmap, plant as never).pipe(
          Effect.flatMap((id) => Durable.result(id, DecarbonizationRoadmap)),
          Effect.provide(layer)
        )
        assert.deepStrictEqual(value, here.value)
        assert.deepStrictEqual(metadata.citations, here.metadata.citations)
      }
      assert.isAbove(here.metadata.citations.length, 20)
    })).pipe(Effect.provide(Services)))
})

describe("DecarbonizationRoadmapAgentAI", () => {
  it.layer(Services)((it) => {
    it.effect("asks the agents that have data, and says where a default stands in", () =>
      Effect.gen(function*() {
        const { value } = yield* run()
        assert.deepStrictEqual(value.sub_agents_called, ["WasteHeatRecoveryAgentAI", "IndustrialProcessHeatAgentAI"])
        const [waste, boiler] = value.technologies_assessed
        assert.isFalse(waste?.on_defaults)
        assert.isTrue(boiler?.on_defaults)
        assert.match(boiler?.note ?? "", /assumption, not plant data.*circular/)
        assert.match(value.notes.join(), /default used: BoilerReplacementAgentAI/)
        assert.isAtMost(value.total_capex_usd, 4_000_000)
        assert.isAtMost(value.total_reduction_percent, 100)
        assert.lengthOf(value.scenarios, 11)
      }))

    it.effect("falls back where an agent fails, and names why", () =>
      Effect.gen(function*() {
        const waste_heat = { ...plant.waste_heat, total_annual_fuel_mmbtu: 10 }
        const { value } = yield* run({ waste_heat })
        assert.isTrue(value.technologies_assessed[0]?.on_defaults)
        assert.match(value.notes.join(), /WasteHeatRecoveryAgentAI: .*exceeds all fuel/)
      }))

    it.effect("counts power at the grid of its market, and asks where a market spans several", () =>
      Effect.gen(function*() {
        const { value } = yield* DecarbonizationRoadmap.run(plant as never)
        assert.approximately(value.inventory.scope2_kg_co2e / 9e6, 0.195, 0.01)
        assert.approximately(value.inventory.scope1_kg_co2e, 120_000 * 53.1143, 1)
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ grid_region: "MISO" }))), ["grid_region"])
      }))

    it.effect("assesses the technologies at the same time, each with its limit", () =>
      Effect.sync(() => {
        const last = DecarbonizationRoadmap.steps.find(({ name }) => name === "technologies")
        assert.deepStrictEqual(last?.after.map(({ name }) => name), [
          "inventory",
          "waste_heat_recovery",
          "boiler_replacement",
          "solar_thermal",
          "heat_pump"
        ])
        for (const step of last!.after.slice(1)) assert.match(step.policies.join(), /timeout.*or else/)
      }))

    it.effect("refuses a target in the past, and an unknown fuel", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ target_year: 2020 }))), ["target_year"])
        const fuel = yield* Effect.flip(run({ fuel_consumption: { unobtainium: 5 } }))
        assert.strictEqual(fuel._tag, "DataError")
      }))

    it.effect("knows scope 3 by its own unit, and has no factor for spend", () =>
      Effect.gen(function*() {
        const inventory = (category: string, unit: string) =>
          RoadmapInventory.aggregateGhgInventory.call({
            fuel_consumption_mmbtu: {},
            electricity_kwh: 0,
            value_chain_activities: [{ category, amount: 1000, unit }]
          })
        const freight = yield* inventory("road_freight_medium_heavy_truck", "short ton-mile")
        assert.strictEqual(freight.scope3_kg_co2e, 186)
        assert.match(freight.notes.join(), /CO2 only/)
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(inventory("passenger_car", "kg"))), [
          "value_chain_activities.0.unit"
        ])
        assert.strictEqual((yield* Effect.flip(inventory("purchased_goods_spend", "USD")))._tag, "DataError")
      }))
  })

  it.effect("keeps the sum within the budget, cheapest first, and multiplies overlaps", () =>
    Effect.gen(function*() {
      const technology = (name: string, kg: number, capex_usd: number) => ({
        technology: name,
        reduction_potential_kg_co2e: kg,
        capex_usd,
        payback_years: 3,
        complexity: "Low" as const,
        feasibility: 0.9,
        annual_savings_usd: 1,
        on_defaults: false,
        note: "test"
      })
      const answer = yield* RoadmapTools.assessTechnologies.call({
        baseline_emissions_kg_co2e: 1000,
        technologies: [technology("a", 500, 100), technology("b", 500, 60), technology("c", 100, 50)],
        capital_budget_usd: 120
      })
      assert.deepStrictEqual(answer.recommended, ["b", "c"])
      assert.strictEqual(answer.total_reduction_share, 0.55)
      assert.strictEqual(answer.total_capex_usd, 110)
    }))

  it.effect("starts every scenario at business as usual, and never below zero", () =>
    Effect.gen(function*() {
      const { aggressive_final, conservative_final, years } = yield* RoadmapTools.modelScenarios.call({
        baseline_emissions_kg_co2e: 1000,
        technologies: [{
          technology: "a",
          reduction_potential_kg_co2e: 5000,
          capex_usd: 1,
          payback_years: 7,
          complexity: "Low"
        }],
        current_year: 2025,
        target_year: 2040
      })
      assert.strictEqual(years[0]?.aggressive, 1000)
      assert.strictEqual(aggressive_final, 0)
      assert.approximately(conservative_final, 1000 * 1.005 ** 15, 0.01)
    }))

  it.effect("says unknown where the figures of a company are missing, never no", () =>
    Effect.gen(function*() {
      const rules = (of: object) =>
        Effect.map(RoadmapRiskTools.analyzeComplianceRequirements.call(of), ({ rules }) =>
          Object.fromEntries(rules.map(({ applies, rule }) => [rule.split(",")[0]!.split(" after")[0]!, applies])))
      const missing = yield* rules({ legal_entities: ["DE", "California"] })
      assert.strictEqual(missing["CSRD"], "unknown")
      assert.strictEqual(missing["California SB 253"], "unknown")
      const large = yield* rules({ legal_entities: ["DE", "California"], employees: 2000, net_turnover: 2000 })
      assert.strictEqual(large["CSRD"], "yes")
      assert.strictEqual(large["California SB 253"], "yes")
      assert.strictEqual(large["California SB 261"], "no")
    }))
})
