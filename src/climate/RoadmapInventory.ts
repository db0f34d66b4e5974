/**
 * The emissions of a plant by scope and source, from its fuels, its power and its value chain.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import { fuelEmissions } from "./BoilerReplacementFormulas.ts"
import { DataError } from "./ClimateError.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as FuelFormulas from "./FuelFormulas.ts"
import * as FuelType from "./FuelType.ts"
import * as FuelUse from "./FuelUse.ts"
import { mmbtuToKwh } from "./physics/Heat.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { scope3Screening } from "./tables/BuildingTables.ts"

/** @category schemas */
export const FuelConsumption = Schema.Record(Schema.NonEmptyString, Field.amount("MMBtu a year, gross")).annotate({
  description: "MMBtu a year by fuel, such as natural_gas; bought steam, heat and electricity count in scope 2"
})

/** @category schemas */
export const Activity = Schema.Struct({
  category: Field.name(
    "road_freight_medium_heavy_truck, passenger_car, bus, mixed_msw_landfilled, mixed_msw_combusted"
  ),
  amount: Field.amount("how much, in the unit"),
  unit: Field.name("unit of the category, such as short ton-mile")
})

/** @category schemas */
export const Inventory = Schema.Struct({
  scope1_kg_co2e: Schema.Finite,
  scope2_kg_co2e: Schema.Finite,
  scope3_kg_co2e: Schema.Finite,
  total_emissions_kg_co2e: Schema.Finite,
  biogenic_co2_kg: Field.optional(Schema.Finite.annotate({ description: "biogenic CO2 of the fuels: in no total" })),
  by_source: Schema.Record(Schema.String, Schema.Finite),
  notes: Field.notes
})

/** @category tools */
export const aggregateGhgInventory = ClimateTool.make("aggregate_ghg_inventory", {
  description: "Emissions of a plant by scope and source, from fuels, power and value chain activities",
  input: Schema.Struct({
    fuel_consumption_mmbtu: FuelConsumption,
    electricity_kwh: Field.amount("electricity, kWh a year"),
    grid_factor_kg_per_kwh: Field.optional(Field.kilogramsPerKilowattHour("kg CO2e/kWh, in place of the region's")),
    grid_region: Field.optional(Field.name("eGRID subregion, US state, country or market; US when absent")),
    value_chain_activities: Field.withDefault(Schema.Array(Activity), [])
  }),
  output: Inventory,
  execute: Effect.fnUntraced(function*(input) {
    const { electricity_kwh, fuel_consumption_mmbtu, grid_factor_kg_per_kwh: given, grid_region } = input
    const place = grid_region === undefined ? { country: "US" } : yield* FuelUse.placeOf(grid_region)
    const country = place.country === undefined ? {} : { country: place.country }
    const entries = Object.entries(fuel_consumption_mmbtu)
    const fuels = yield* Effect.forEach(
      entries.filter(([fuel]) => !isElectricity(fuel)),
      ([fuel, mmbtu]) => fuelKg(fuel, mmbtu, country)
    )
    const power = entries.filter(([fuel]) => isElectricity(fuel))
    const mmbtu = power.reduce((sum, [, mmbtu]) => sum + mmbtu, 0)
    const kwh = electricity_kwh + (mmbtu > 0 ? yield* mmbtuToKwh({ mmbtu }) : 0)
    const grid = given === undefined && kwh > 0
      ? yield* FuelUse.kgPerKwh(place)
      : { factor: given ?? 0, notes: [] }
    const electricity = yield* PlantFormulas.powerEmissions({ kwh, grid_factor: grid.factor, renewable_percent: 0 })
    const activities = yield* Effect.forEach(input.value_chain_activities, (activity, at) => activityKg(activity, at))
    const sum = (parts: ReadonlyArray<{ readonly kg: number }>) => parts.reduce((sum, { kg }) => sum + kg, 0)
    const scope1 = sum(fuels.filter(({ scope }) => scope === "1"))
    const scope2 = electricity + sum(fuels.filter(({ scope }) => scope === "2"))
    const scope3 = sum(activities)
    const total = yield* PlantFormulas.inventory({ scope_1: scope1, scope_2: scope2, scope_3: scope3 })
    const biogenic = fuels.flatMap(({ biogenic }) => biogenic === 0 ? [] : [biogenic])
    const bySource = new Map<string, number>()
    for (
      const { kg, source } of [
        ...fuels,
        ...(kwh > 0 ? [{ source: "electricity", kg: electricity }] : []),
        ...activities
      ]
    ) bySource.set(source, (bySource.get(source) ?? 0) + kg)
    return {
      scope1_kg_co2e: Answer.kilograms(scope1),
      scope2_kg_co2e: Answer.kilograms(scope2),
      scope3_kg_co2e: Answer.kilograms(scope3),
      total_emissions_kg_co2e: Answer.kilograms(total),
      ...(biogenic.length === 0 ? {} : { biogenic_co2_kg: Answer.kilograms(yield* PlantFormulas.sum(biogenic)) }),
      by_source: Object.fromEntries(Array.from(bySource, ([source, kg]) => [source, Answer.kilograms(kg)])),
      notes: Array.from(
        new Set([
          ...(power.length > 0 ? ["electricity among the fuels counts in scope 2, at the factor of the grid"] : []),
          ...[...fuels, grid, ...activities].flatMap(({ notes }) => notes)
        ])
      )
    }
  })
})

const isElectricity = (fuel: string) =>
  FuelType.kind(FuelType.canonical(FuelUse.fuelName(Constant.canonical(fuel)))) === "electricity"

/** What a fuel emits, or bought heat, by the name of the tables. */
const fuelKg = Effect.fnUntraced(function*(name: string, mmbtu: number, place: FuelUse.Place) {
  const { biogenic, factor, fuel_type: source, notes, scope } = yield* FuelUse.kgPerMmbtu(
    Constant.canonical(name),
    place
  )
  const kg = yield* fuelEmissions({ fuel_mmbtu: mmbtu, emission_factor: factor })
  return {
    source,
    scope,
    kg,
    biogenic: biogenic === 0
      ? 0
      : yield* FuelFormulas.gasMass({ amount: mmbtu, kilograms_per_unit: biogenic, efficiency: 1 }),
    notes: scope === "2" ? [...notes, `${source} is bought: it counts in scope 2`] : notes
  }
})

const activityKg = Effect.fnUntraced(function*({ amount, category, unit }: typeof Activity.Type, at: number) {
  const row = yield* Constant.find(scope3Screening, "screening factor", "category", category)
  if (row.factor === null) {
    return yield* new DataError({ what: "screening factor", lookedFor: { category }, available: [row.flag ?? "none"] })
  }
  const expected = row.unit.split("/")[1] ?? row.unit
  if (Constant.canonical(unit).replace(/s$/, "") !== Constant.canonical(expected)) {
    return yield* ClimateTool.invalid(
      `value_chain_activities.${at}.unit`,
      `${unit} is not the unit of ${category}`,
      expected
    )
  }
  yield* Constant.cite(row.category, row.factor, row.unit, row)
  const notes = row.unit.startsWith("kg CO2/") ? [`${row.category} is CO2 only`] : []
  return { source: row.category, kg: amount * row.factor, notes }
})
