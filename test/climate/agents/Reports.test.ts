import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { RecommendationAgentAI } from "greenlang/climate/RecommendationAgentAI"
import * as RecommendationTools from "greenlang/climate/RecommendationTools"
import { ReportAgentAI } from "greenlang/climate/ReportAgentAI"
import * as ReportCharts from "greenlang/climate/ReportCharts"
import { Framework } from "greenlang/climate/ReportFrameworks"
import * as ReportTools from "greenlang/climate/ReportTools"
import building from "../../../examples/climate/RecommendationAgentAI.json" with { type: "json" }
import report from "../../../examples/climate/ReportAgentAI.json" with { type: "json" }
import { fieldsOf, Services } from "./services.ts"

describe("ReportAgentAI", () => {
  const run = (more: object = {}) => ReportAgentAI.run({ ...report, ...more } as never)

  it.layer(Services)((it) => {
    it.effect("states both figures of scope 2, and biogenic CO2 and removals apart", () =>
      Effect.gen(function*() {
        const { value } = yield* run()
        assert.include(value.report, "| scope 2 (location) | 48.76 | t CO2e | by_scope.2_location |")
        assert.include(value.report, "| scope 2 (market) | 40.1 |")
        assert.include(value.report, "biogenic CO2 (apart)")
        assert.include(value.report, "removals (apart, not netted)")
        assert.strictEqual(value.trends.direction, "decrease")
        assert.strictEqual(value.charts.length, 3)
      }))

    it.effect("fails what is missing, and assesses no act by a field that is not there", () =>
      Effect.gen(function*() {
        const { value } = yield* run()
        const status = Object.fromEntries(value.compliance.map(({ id, status }) => [id, status]))
        assert.strictEqual(status["GHGP-S1"], "pass")
        assert.strictEqual(status["GHGP-BASE"], "fail")
        assert.match(value.not_covered.join(), /GHGP-BASE.*base_year/)
        const { value: cdp } = yield* run({ framework: "cdp" })
        assert.strictEqual(cdp.compliance.find(({ id }) => id === "CDP-VER")?.status, "not_assessed")
      }))

    it.effect.each(Framework.literals)("writes a report for %s in every format", (framework) =>
      Effect.gen(function*() {
        for (const report_format of ["markdown", "text", "html", "json"] as const) {
          const { value } = yield* run({ framework, report_format })
          assert.include(value.report, "54.071")
          assert.include(value.report, value.framework_metadata.name)
          assert.include(value.report, "This report covers emission figures only")
          if (report_format === "markdown") {
            assert.match(value.report, /!\[Emissions by source\]\(data:image\/svg\+xml;base64,[A-Za-z0-9+/=]+\)/)
          }
          if (report_format === "html") assert.match(value.report, /^<!doctype html>[^]*<svg [^]*<\/html>\n$/)
          if (report_format === "json") assert.include(JSON.stringify(JSON.parse(value.report)), "<svg ")
        }
      }))

    it.effect("states the total by both methods, the basis, and scopes that do not add up", () =>
      Effect.gen(function*() {
        const { value } = yield* run({
          building_info: { type: "office", area: 10000, occupancy: 30 },
          period: { start_date: "2025-01-01", duration: 12 }
        })
        assert.include(value.report, "| total, scope 2 by location | 54.071 |")
        assert.include(value.report, "| total, scope 2 by market | 45.411 |")
        assert.include(value.report, "Building: office, 10,000 sqft, 30 persons.")
        assert.include(value.report, "Period: from 2025-01-01, 12 months.")
        assert.match(value.report, /Verification: not stated/)
        assert.notMatch(value.not_covered.join(), /not the sum/)
        const wrong = { ...report.carbon_data, total_co2e_kg: 100_000 }
        const { value: other } = yield* run({ carbon_data: wrong })
        assert.match(other.not_covered.join(), /total of 100 t is not the sum of the scopes: 54.071 t by location/)
      }))

    it.effect("prints what is not stated, and no total of three scopes without the third", () =>
      Effect.gen(function*() {
        const { value } = yield* run({
          framework: "ESRS_E1",
          carbon_data: { total_co2e_tons: 50, by_scope: { "1": 10, "2_location": 40 }, energy_mwh: 90 }
        })
        assert.include(value.report, "| scope 2 (market) | not stated | t CO2e | by_scope.2_market |")
        assert.include(value.report, "| biogenic CO2 (apart) | not stated | t CO2 | biogenic_co2_t |")
        assert.include(value.report, "| removals (apart, not netted) | not stated | t CO2e | removals_t |")
        assert.include(value.report, "| energy used | 90 | MWh | energy_mwh | no emission factor |")
        assert.include(
          value.not_covered,
          "The data has no figure for: scope 2 (market), scope 3, biogenic CO2, removals."
        )
        const total = value.compliance.find(({ id }) => id === "E1-6-44d")
        assert.deepInclude(total, { status: "fail", reason: "missing: by_scope.2_market, by_scope.3" })
      }))

    it.effect("names the method of the total, and units in the trend", () =>
      Effect.gen(function*() {
        const { value } = yield* run({ carbon_data: { ...report.carbon_data, net_revenue_million: 10 } })
        assert.include(value.executive_summary, "54.071 t CO2e with scope 2 by location (45.411 t by market)")
        assert.include(value.report, "| change against the period before | -5.929 | t CO2e |")
        assert.include(value.report, "| intensity by net revenue, scope 2 by market | 4.541 | t CO2e/million |")
        const { value: gri } = yield* run({
          framework: "GRI_305",
          carbon_data: { ...report.carbon_data, net_revenue_million: 10 }
        })
        const intensity = gri.compliance.find(({ id }) => id === "GRI-305-4")
        assert.deepInclude(intensity, { status: "pass", evidence: ["net_revenue_million"] })
      }))

    it.effect("prints citations with their editions", () =>
      Effect.gen(function*() {
        const citations = [{
          kind: "factor",
          name: "natural gas",
          value: 53.1143,
          unit: "kg CO2e/MMBtu",
          source: "US EPA",
          year: 2025,
          version: "EPA Hub 2025"
        }]
        const { value } = yield* run({ carbon_data: { ...report.carbon_data, citations } })
        assert.include(value.report, "| natural gas | 53.1143 | kg CO2e/MMBtu | US EPA | 2025 | EPA Hub 2025 |")
      }))

    it.effect("refuses frameworks that are not known, and totals that are missing or differ", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ framework: "GHP" }))), ["framework"])
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ carbon_data: {} }))), ["carbon_data.total_co2e_tons"])
        const other = { total_co2e_kg: 1000, total_co2e_tons: 2 }
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ previous_period_data: other }))), [
          "previous_period_data.total_co2e_tons"
        ])
      }))
  })

  it.effect("has no percentage of nothing, and calls the same stable", () =>
    Effect.gen(function*() {
      const trends = yield* ReportTools.calculateTrends.call({ current_emissions_tons: 0, previous_emissions_tons: 0 })
      assert.deepStrictEqual(trends, { yoy_change_tons: 0, direction: "stable" })
    }))

  it("draws names that look like markup as text", () => {
    const drawing = ReportCharts.bars("<script>", "t", [{ label: "a & b <i>", value: 0 }])
    assert.notInclude(drawing, "<script>")
    assert.include(drawing, "a &amp; b &lt;i&gt;")
    assert.include(ReportCharts.pie("one", [{ label: "all", value: 1 }]), "<circle")
    assert.notInclude(ReportCharts.pie("none", [{ label: "all", value: 0 }]), "NaN")
  })
})

describe("RecommendationAgentAI", () => {
  const run = (more: object = {}) => RecommendationAgentAI.run({ ...building, ...more } as never)

  it.layer(Services)((it) => {
    it.effect("ranks by priority, then payback, then id, and keeps savings within the building", () =>
      Effect.gen(function*() {
        const { value } = yield* run({ max_recommendations: 20 })
        const order = ["critical", "high", "medium", "low"]
        const ranks = value.recommendations.map(({ priority }) => order.indexOf(priority))
        assert.deepStrictEqual(ranks, ranks.toSorted((a, b) => a - b))
        assert.isAtMost(value.potential_emissions_reduction.maximum_kg, value.total_emissions_kg)
        assert.strictEqual(
          value.potential_emissions_reduction.minimum_kg,
          Math.round(value.potential_emissions_reduction.maximum_kg * 50) / 100
        )
        assert.deepStrictEqual(value.issue_types, [
          "high_electricity",
          "high_hvac",
          "aging_infrastructure",
          "poor_performance"
        ])
        assert.include(value.country_programs, "ENERGY STAR")
      }))

    it.effect("saves a measure's own source at its own price", () =>
      Effect.gen(function*() {
        const { value } = yield* run({ max_recommendations: 20 })
        const pv = value.recommendations.find(({ id }) => id === "rooftop_pv")
        assert.approximately(pv!.reduction_kg, 75_000, 0.01)
        assert.approximately(pv!.annual_savings_usd, 75_000 / 0.34967 * 0.12, 0.01)
        const contracts = value.recommendations.find(({ id }) => id === "green_ppa")
        assert.strictEqual(contracts?.annual_savings_usd, 0)
      }))

    it.effect("finds nothing where nothing is emitted", () =>
      Effect.gen(function*() {
        const { value } = yield* RecommendationAgentAI.run({ emissions_by_source: { electricity: 0 } })
        assert.deepStrictEqual(value.issue_types, [])
        assert.strictEqual(value.potential_emissions_reduction.maximum_kg, 0)
      }))

    it.effect("wants a source, a price for a fuel without a usual one, and shares that fit", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ emissions_by_source: {} }))), ["emissions_by_source"])
        const odd = yield* Effect.flip(
          RecommendationTools.calculateRoi.call({
            source: "kerosene",
            emissions_kg: 1,
            saving_percent: 10,
            cost_usd: 1
          })
        )
        assert.deepStrictEqual(fieldsOf(odd), ["fuel_cost_per_mmbtu"])
        const full = { hvac_load: 0.9, lighting_load: 0.9 }
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ load_breakdown: full }))), ["load_breakdown"])
      }))
  })
})
