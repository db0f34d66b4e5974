import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { CliOutput } from "effect/cli"
import * as Answer from "greenlang/cli/Answer"
import * as Style from "greenlang/cli/Style"

const plain = { width: 80, style: Style.plain }

describe("Answer", () => {
  it("shows scalars as pairs, then a section for each of the others", () => {
    const lines = Answer.render({
      name: "Hall",
      by_scope: { "1": 10431.58, "2": 48760 },
      heated: true,
      total_co2e_kg: 59191.58,
      tools: ["a", "b"],
      empty: []
    }, plain)
    assert.deepStrictEqual(lines, [
      "name        Hall",
      "heated      yes",
      "total CO2e  59,191.58 kg",
      "tools       a, b",
      "",
      "by scope",
      "  scope 1  10,431.58",
      "  scope 2  48,760.00"
    ])
  })

  it("keeps units: of the schema, of a field beside, of the key", () => {
    const output = Schema.Struct({
      total: Schema.Finite.annotate({ description: "kg CO2e, rounded to 2 decimals" }),
      emission_factor: Schema.Finite,
      emission_factor_unit: Schema.String,
      energy_cost_usd_per_kwh: Schema.Finite
    })
    const value = { total: 1.5, emission_factor: 0.2, emission_factor_unit: "kg/kWh", energy_cost_usd_per_kwh: 0.31 }
    assert.deepStrictEqual(Answer.render(value, { ...plain, schema: Schema.toJsonSchemaDocument(output) }), [
      "total            1.5 kg CO2e",
      "emission factor  0.2 kg/kWh",
      "energy cost      0.31 USD/kWh"
    ])
  })

  it("shows lists of objects as a table, with a unit that all rows share in its head", () => {
    const lines = Answer.render({
      emissions: [
        { source: "Boiler", amount: 1000, unit: "therm", co2e_kg: 5311.43, co2e_tons: 5.311, notes: [] },
        { source: "Grid", amount: 250000, unit: "kWh", co2e_kg: 48760, co2e_tons: 48.76, notes: [] }
      ]
    }, plain)
    assert.deepStrictEqual(lines, [
      "emissions",
      "  source  amount       CO2e (kg)",
      "  Boiler  1000 therm    5,311.43",
      "  Grid    250,000 kWh  48,760.00"
    ])
  })

  it("drops a mass that is there in kilograms already, and no other number", () => {
    const value = { reduction_kg: 1500, reduction_tons: 1.5, reduction_percent: 30 }
    assert.deepStrictEqual(Answer.render(value, plain), ["reduction  1500 kg", "reduction  30 %"])
  })

  it("shows ranges, and fits tables into the width", () => {
    const action = "Replace gas heating by heat pumps and insulate the building envelope"
    const lines = Answer.render({ advice: [{ action, reduction_percent: { low: 50, high: 70 } }] }, {
      ...plain,
      width: 50
    })
    assert.isTrue(lines.some((line) => line.includes("50–70")))
    assert.isTrue(lines.some((line) => line.includes("reduction (%)")))
    assert.isAtMost(Math.max(...lines.map(CliOutput.displayWidth)), 50)
  })

  it("wraps prose, and takes control characters out of it", () => {
    const prose = `The \x1b[2Jlargest source is electricity, which \x1b]52;c;eA==\x07is bought from the grid.`
    const lines = Answer.render({ explanation: prose }, { ...plain, width: 40 })
    assert.deepStrictEqual(lines[0], "explanation")
    assert.isAtMost(Math.max(...lines.map((line) => line.length)), 40)
    for (const code of ["\x1b", "\x07"]) assert.notInclude(lines.join("\n"), code)
  })
})
