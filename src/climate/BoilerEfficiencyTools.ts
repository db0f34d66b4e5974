/**
 * The efficiency of an old boiler by its age and its stack.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BoilerTools from "./BoilerTools.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as StackLoss from "./physics/StackLoss.ts"
import { boilerLosses, siegertCoefficients } from "./tables/EquipmentTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** @category schemas */
export const BoilerType = Schema.Literals(BoilerTools.stackTypes)

/** What `calculate_boiler_efficiency` reads of the stack. @category schemas */
export const stackFields = {
  ambient_temperature_c: Field.withDefault(Field.number("air, degC", { above: -273.15, max: 60 }), 20),
  excess_air_percent: Field.withDefault(Field.number("excess air, percent", { min: 0, max: 200 }), 15),
  flue_o2_percent: Field.optional(
    Field.number("oxygen in dry flue gas, percent, in place of excess air", { min: 0, max: 18 })
  )
}

/** @category tools */
export const calculateBoilerEfficiency = ClimateTool.make("calculate_boiler_efficiency", {
  description: "Gross efficiency of a boiler by age and stack: empirical, or by Siegert's formula",
  input: Schema.Struct({
    boiler_type: BoilerType,
    age_years: Field.integer("age, years", 0, 100),
    stack_temperature_c: Field.number("flue gas, degC", { above: -273.15, max: 600 }),
    ...stackFields,
    method: Field.withDefault(Schema.Literals(["empirical", "siegert"]), "empirical"),
    fuel_type: Field.optional(Field.name("natural_gas, fuel_oil, diesel, lpg, propane; needed by siegert"))
  }),
  output: Schema.Struct({
    actual_efficiency: Schema.Finite.annotate({ description: "on gross energy" }),
    actual_efficiency_net: Field.optional(Schema.Finite),
    degradation_factor: Schema.Finite,
    stack_loss_percent: Schema.Finite,
    base_efficiency: Field.optional(Schema.Finite),
    radiation_loss_percent: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { age_years, ambient_temperature_c: ambient_c, boiler_type, stack_temperature_c: stack_c } = input
    const row = yield* Constant.find(boilerLosses, "boiler", "boiler_type", boiler_type)
    const radiation_percent = row.radiation_loss_percent
    yield* Constant.cite(`radiation loss of ${boiler_type}`, radiation_percent, "percent", row)
    const degradation = yield* StackLoss.degradation({ age_years })
    const common = { degradation_factor: Answer.figure(degradation), radiation_loss_percent: radiation_percent }
    if (input.method === "empirical") {
      yield* Constant.cite(`base efficiency of ${boiler_type}`, row.base_efficiency, "fraction", row)
      const excess_air_percent = yield* excessAirOf(input)
      const stack_percent = yield* StackLoss.stackCorrection({ stack_c, ambient_c, excess_air_percent })
      const efficiency = yield* StackLoss.empiricalEfficiency({
        base: row.base_efficiency,
        degradation,
        stack_percent,
        radiation_percent
      })
      return {
        ...common,
        actual_efficiency: Answer.figure(efficiency),
        stack_loss_percent: Answer.figure(stack_percent),
        base_efficiency: row.base_efficiency,
        notes: ["the stack loss is a correction of the base, which holds a normal one; not ASME PTC 4"]
      }
    }
    const { a2, b, fuel } = yield* siegert(input.fuel_type)
    if (boiler_type === "condensing" || boiler_type === "electric_resistance" || boiler_type === "electrode") {
      return yield* ClimateTool.impossible(
        "siegert_loss",
        `the formula is for dry flue gas, not for ${boiler_type}: use a measured efficiency`,
        {}
      )
    }
    const oxygen_percent = input.flue_o2_percent ??
      (yield* StackLoss.flueOxygen({ excess_air_percent: input.excess_air_percent }))
    const stack_percent = yield* StackLoss.siegertLoss({ stack_c, ambient_c, oxygen_percent, a2, b })
    const net = yield* StackLoss.lossEfficiency({ stack_percent, radiation_percent, degradation })
    const gross = yield* StackLoss.netToGross({
      net_efficiency: net,
      net_over_gross: yield* BoilerTools.netShare(fuel, "fuel_type")
    })
    return {
      ...common,
      actual_efficiency: Answer.figure(gross),
      actual_efficiency_net: Answer.figure(net),
      stack_loss_percent: Answer.figure(stack_percent),
      notes: [`oxygen ${Answer.figure(oxygen_percent)} percent; the stack loss is of net energy`]
    }
  })
})

/** Excess air, percent. A measured oxygen takes its place. */
const excessAirOf = Effect.fnUntraced(function*({ excess_air_percent, flue_o2_percent }: {
  readonly excess_air_percent: number
  readonly flue_o2_percent?: number
}) {
  if (flue_o2_percent === undefined) return excess_air_percent
  if (flue_o2_percent > 14) {
    const expected = "at most 14 percent by the empirical method, which holds for 200 percent of excess air"
    return yield* ClimateTool.invalid("flue_o2_percent", `is ${flue_o2_percent}`, expected)
  }
  return yield* StackLoss.excessAir({ oxygen_percent: flue_o2_percent })
})

const siegert = Effect.fnUntraced(function*(fuelType: string | undefined) {
  const tables = yield* ReferenceTables
  const rows = yield* tables.rows(siegertCoefficients)
  const known = rows.map((row) => row.fuel).join(", ")
  if (fuelType === undefined) return yield* ClimateTool.invalid("fuel_type", "is missing", `one of ${known}`)
  const row = rows.find((row) => row.fuel === Constant.canonical(fuelType))
  if (row === undefined) {
    return yield* ClimateTool.invalid("fuel_type", `${fuelType} has no coefficients in the ordinance`, known)
  }
  yield* Constant.cite(`Siegert A2 of ${row.fuel}`, row.a2, row.unit, row)
  yield* Constant.cite(`Siegert B of ${row.fuel}`, row.b, row.unit, row)
  return row
})
