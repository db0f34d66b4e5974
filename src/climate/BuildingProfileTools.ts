/**
 * What a building of a type, age and climate is expected to use, and for what.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BuildingBenchmark from "./BuildingBenchmark.ts"
import * as BuildingFormulas from "./BuildingFormulas.ts"
import { ValidationError } from "./ClimateError.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import { sqftPerSqm } from "./IntensityFormulas.ts"
import { buildingBenchmarks, buildingProfiles, climateZones } from "./tables/BuildingTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** @category schemas */
export const Shares = Schema.Record(Schema.String, Schema.Finite).annotate({
  description: "share of the building's energy by use; `other` is the remainder to 1"
})

/** PUE: energy of a data center over that of its IT. @category schemas */
export const Pue = Field.number("power usage effectiveness of a data center", { min: 1, max: 4 })

const uses = ["hvac", "lighting", "plug", "equipment", "it", "water_heating"] as const

/**
 * The row of the profile of a type, `undefined` for a type that has medians only. Fails with `ValidationError` for a type
 * of neither table.
 *
 * @category reading
 */
export const profile = Effect.fnUntraced(function*(buildingType: string) {
  const tables = yield* ReferenceTables
  const profiles = yield* tables.rows(buildingProfiles)
  const name = Constant.canonical(buildingType)
  const found = profiles.find((row) =>
    row.building_type === name || BuildingBenchmark.benchmarkName(row.building_type) === name
  )
  if (found !== undefined) return found
  const medians = yield* tables.rows(buildingBenchmarks)
  if (medians.some((row) => row.building_type === name)) return undefined
  const known = new Set([...profiles, ...medians].map((row) => row.building_type))
  return yield* ClimateTool.invalid(
    "building_type",
    `${buildingType} is not a known type`,
    Array.from(known).join(", ")
  )
})

/** @category tools */
export const loadShares = ClimateTool.make("load_shares", {
  description: "Shares of a building's energy by use; the remainder to 1 is other",
  input: Schema.Struct({
    building_type: Field.name("type of building, such as commercial_office or data_center"),
    pue: Field.optional(Pue)
  }),
  output: Schema.Struct({ shares: Shares }),
  execute: Effect.fnUntraced(function*({ building_type, pue }) {
    const row = yield* profile(building_type)
    if (row === undefined) {
      return yield* ClimateTool.invalid("building_type", `no shares of load are known for ${building_type}`)
    }
    if (pue !== undefined && row.it_share === null) {
      return yield* ClimateTool.invalid("pue", `${building_type} has no PUE`, "pue only for data_center")
    }
    const shares: Record<string, number> = {}
    for (const use of uses) {
      const share = use === "it" && pue !== undefined ? 1 / pue : row[`${use}_share`]
      if (share === null) continue
      yield* Constant.cite(`${use} share of ${row.building_type}`, share, row.unit, row)
      shares[use] = Answer.figure(share)
    }
    const rest = Answer.figure(1 - Object.values(shares).reduce((sum, share) => sum + share, 0))
    if (rest < 0) {
      return yield* ClimateTool.invalid("building_type", "the shares add up to more than 1", "shares of at most 1")
    }
    return { shares: rest === 0 ? shares : { ...shares, other: rest } }
  })
})

/** The factor of an age in years, with its class. @category formulas */
export const ageFactor = (years: number): { readonly factor: number; readonly age_class: string } => {
  if (years < 5) return { factor: 0.85, age_class: "new" }
  if (years < 15) return { factor: 1, age_class: "modern" }
  if (years < 30) return { factor: 1.15, age_class: "mature" }
  return { factor: 1.3, age_class: "old" }
}

/** The median PUE of US data centers (ENERGY STAR). @category constants */
export const medianPue = 1.82

/** @category schemas */
export const ExpectedEnergyInput = Schema.Struct({
  building_type: Field.name("type of building, such as commercial_office, k12_school or data_center"),
  area: Field.positive("floor area, in area_unit"),
  area_unit: Field.withDefault(Schema.Literals(["sqft", "sqm"]), "sqft"),
  building_age: Field.amount("age of the building, years"),
  climate_zone: Field.optional(
    Field.name("ASHRAE 169 zone such as 4A, or temperate, tropical, dry, continental, polar")
  ),
  pue: Field.optional(Pue),
  it_load_kw: Field.optional(Field.positive("mean IT load of a data center, kW"))
})

/** @category tools */
export const expectedEnergy = ClimateTool.make("expected_energy", {
  description: "Yearly energy that a building of a type, age and climate is expected to use",
  input: ExpectedEnergyInput,
  output: Schema.Struct({
    annual_energy_kwh: Schema.Finite,
    expected_eui_kbtu_sqft: Field.optional(Schema.Finite),
    age_class: Schema.String,
    age_factor: Schema.Finite,
    climate_modifier: Schema.Finite,
    area_sqft: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { building_age, building_type, climate_zone, it_load_kw, pue } = input
    const area = input.area_unit === "sqm"
      ? yield* BuildingFormulas.converted({ value: input.area, ratio: sqftPerSqm })
      : input.area
    const { age_class, factor } = ageFactor(building_age)
    const zone = yield* climateModifier(climate_zone)
    const row = yield* profile(building_type)
    const common = { age_class, age_factor: factor, climate_modifier: zone.modifier, area_sqft: Answer.figure(area) }
    if (row?.building_type === "data_center") {
      if (it_load_kw === undefined) {
        return yield* ClimateTool.invalid(
          "it_load_kw",
          "is missing",
          "the mean IT load in kW: a data center has no EUI"
        )
      }
      const energy = yield* BuildingFormulas.dataCenterEnergy({ it_load_kw, pue: pue ?? medianPue })
      const notes = [
        ...zone.notes,
        "age and climate do not enter the energy of a data center",
        ...(pue === undefined ? [`the median PUE of ${medianPue} is assumed`] : [])
      ]
      return { ...common, annual_energy_kwh: Answer.kilograms(energy), notes }
    }
    const misplaced = [...(pue === undefined ? [] : ["pue"]), ...(it_load_kw === undefined ? [] : ["it_load_kw"])]
    if (misplaced.length > 0) {
      return yield* new ValidationError({
        issues: misplaced.map((path) => ({
          path,
          message: `${building_type} has none`,
          expected: "it only for data_center"
        }))
      })
    }
    const benchmark = yield* BuildingBenchmark.find(building_type, "US")
    const eui = yield* BuildingFormulas.expectedEui({
      median_eui: benchmark.siteEui,
      age_factor: factor,
      climate_modifier: zone.modifier
    })
    const energy = yield* BuildingFormulas.expectedEnergy({ eui, area_sqft: area })
    return {
      ...common,
      annual_energy_kwh: Answer.kilograms(energy),
      expected_eui_kbtu_sqft: Answer.figure(eui),
      notes: [...zone.notes, ...benchmark.notes, "factors of age and climate are project constants (secondary)"]
    }
  })
})

const climateModifier = Effect.fnUntraced(function*(zone: string | undefined) {
  if (zone === undefined) return { modifier: 1, notes: ["no climate zone: modifier 1.0"] }
  const tables = yield* ReferenceTables
  const rows = yield* tables.rows(climateZones)
  const wanted = zone.trim().toLowerCase()
  const find = (name: string) => rows.find((row) => row.climate_zone.toLowerCase() === name)
  const exact = find(wanted)
  const row = exact ?? (/^[1-8][abc]$/.test(wanted) ? find(`${wanted[0]}a`) ?? find(wanted[0]!) : undefined)
  if (row === undefined) {
    const known = rows.map((row) => row.climate_zone).join(", ")
    return yield* ClimateTool.invalid("climate_zone", `${zone} is not a known climate zone`, known)
  }
  yield* Constant.cite(`climate modifier of ${row.climate_zone}`, row.eui_modifier, row.unit, row)
  return {
    modifier: row.eui_modifier,
    notes: exact === undefined ? [`zone ${zone} is read as ${row.climate_zone}`] : []
  }
})

/** @category tools */
export const tools = [expectedEnergy, loadShares] as const
