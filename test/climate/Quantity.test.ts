import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import * as Quantity from "greenlang/climate/Quantity"
import * as DataFiles from "greenlang/climate/tables/DataFiles"

const anyUnit = Schema.Literals(Quantity.units)
const amount = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e9 }))

/** `from_unit` and `to_unit` of the published table, where its name for one of our units is another. */
const published: Readonly<Record<string, Quantity.Unit>> = {
  therm_US: "therm",
  gallon_US: "gallon",
  ft3: "scf",
  Btu_IT: "Btu",
  gallon_imperial: "imperial_gallon",
  barrel_oil: "barrel",
  ton_hour_refrigeration: "ton_hour",
  Sm3_15C: "m3",
  ...Object.fromEntries(Quantity.units.map((unit) => [unit, unit]))
}

describe("Quantity", () => {
  it.effect("agrees with the published conversions (NIST SP 811)", () =>
    Effect.gen(function*() {
      const contents = yield* Effect.flatMap(DataFiles.contents("unit_conversions.csv"), ({ rows }) => rows)
      const rows = contents.filter((row) =>
        String(row["from_unit"]) in published && String(row["to_unit"]) in published
      )
      assert.isAtLeast(rows.length, 20)
      for (const row of rows) {
        const from = published[String(row["from_unit"])]!
        const to = published[String(row["to_unit"])]!
        assert.approximately(
          Option.getOrThrow(Quantity.ratio(from, to)) / Number(row["factor"]),
          1,
          1e-8,
          `${from}, ${to}`
        )
      }
      assert.approximately(Option.getOrThrow(Quantity.ratio("kWh", "MMBtu")), 0.003412142, 1e-9)
    }))

  it.effect.prop("converts there and back", [anyUnit, anyUnit, amount], ([from, to, amount]) =>
    Effect.sync(() => {
      const there = Quantity.ratio(from, to)
      assert.strictEqual(Option.isSome(there), Quantity.dimension(from) === Quantity.dimension(to))
      if (Option.isNone(there)) return
      const back = Option.getOrThrow(Quantity.ratio(to, from))
      assert.approximately(amount * there.value * back, amount, amount * 1e-12 + 1e-300)
    }))

  it.effect.prop(
    "reads each unit by its name, in any case and in the plural",
    [anyUnit],
    ([unit]) =>
      Effect.sync(() => {
        for (const name of [unit, unit.toUpperCase(), ` ${unit}s `, unit.replace("_", " "), unit.replace("_", "-")]) {
          assert.deepStrictEqual(Quantity.unit(name), Option.some(unit), name)
        }
      })
  )

  it("reads the short forms that invoices use", () => {
    const names = [
      "gal",
      "gallons",
      "L",
      "litres",
      "lbs",
      "tonnes",
      "metric tons",
      "US tons",
      "thm",
      "therms",
      "Mcf",
      "ft3"
    ]
    assert.deepStrictEqual(names.map((name) => Option.getOrNull(Quantity.unit(name))), [
      "gallon",
      "gallon",
      "liter",
      "liter",
      "lb",
      "tonne",
      "tonne",
      "short_ton",
      "therm",
      "therm",
      "mcf",
      "scf"
    ])
  })

  it("rounds to decimals and knows no negative zero", () => {
    assert.strictEqual(Quantity.round(5311.4349, 2), 5311.43)
    assert.strictEqual(Quantity.round(1000 * 0.34967 / 2, 2), 174.84) // 174.83499999999998 in binary
    assert.strictEqual(Quantity.round(1.005, 2), 1.01)
    assert.strictEqual(Quantity.round(-1.005, 2), -1.01)
    assert.strictEqual(Quantity.round(1e21, 2), 1e21)
    assert.strictEqual(Quantity.round(1e-9, 2), 0)
    assert.strictEqual(Object.is(Quantity.round(-0.001, 2), 0), true)
  })
})
