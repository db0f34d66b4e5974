/**
 * What a building is expected to use, by type, age and climate, and by what.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as BuildingFormulas from "./BuildingFormulas.ts"
import * as BuildingProfileTools from "./BuildingProfileTools.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import * as Strict from "./Strict.ts"

/** @category schemas */
export const BuildingProfileInput = Schema.Struct({
  ...BuildingProfileTools.ExpectedEnergyInput.fields,
  country: Country.KnownOrUs,
  occupancy: Field.optional(Field.positive("number of persons; without it the density of the type"))
})

/** @category schemas */
export const BuildingProfileOutput = Schema.Struct({
  building_type: Schema.String,
  area_sqft: Schema.Finite,
  age_class: Schema.String,
  annual_energy_kwh: Schema.Finite,
  expected_eui_kbtu_sqft: Field.optional(Schema.Finite),
  occupancy: Field.optional(Schema.Finite),
  operating_hours_per_day: Field.optional(Schema.Finite),
  load_shares: Field.optional(BuildingProfileTools.Shares),
  programs: Schema.Array(Schema.String).annotate({ description: "rating programs of the country" }),
  notes: Field.notes
})

const programs: Readonly<Record<string, string>> = {
  US: "ENERGY STAR",
  IN: "BEE star rating",
  UK: "Energy Performance Certificate",
  JP: "CASBEE",
  CN: "three-star green building label"
}

/** Members of the EU, whose buildings have energy performance certificates. */
const europe = new Set("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split(" "))

/**
 * Needs the reference tables. A type that has a median and no profile has no occupancy and no shares.
 *
 * @category agents
 */
export const BuildingProfileAgent = Agent.make("BuildingProfileAgent", {
  version: "1.0.0",
  description: "Expected yearly energy of a building by type, age and climate, its occupancy and shares of load",
  input: Strict.make(BuildingProfileInput),
  output: BuildingProfileOutput,
  error: ClimateTool.ToolError,
  tools: BuildingProfileTools.tools,
  execute: Effect.fnUntraced(function*({ country, occupancy, ...building }) {
    const { age_factor: _, climate_modifier: __, ...energy } = yield* BuildingProfileTools.expectedEnergy.call(building)
    const row = yield* BuildingProfileTools.profile(building.building_type)
    const code = Country.code(country)
    const program = Constant.own(programs, code) ?? (europe.has(code) ? "Energy Performance Certificate" : undefined)
    const density = row?.occupancy_density ?? undefined
    const persons = occupancy ?? (density === undefined
      ? undefined
      : yield* BuildingFormulas.occupants({ area_sqft: energy.area_sqft, sqft_per_person: density }))
    if (row !== undefined) {
      const hours = row.operating_hours_per_day
      yield* Constant.cite(`operating hours of ${row.building_type}`, hours, "hours/day", row)
    }
    const shares = row === undefined ? undefined : yield* BuildingProfileTools.loadShares.call({
      building_type: building.building_type,
      ...(building.pue === undefined ? {} : { pue: building.pue })
    })
    return {
      building_type: Constant.canonical(building.building_type),
      ...energy,
      ...(persons === undefined ? {} : { occupancy: persons }),
      ...(row === undefined ? {} : { operating_hours_per_day: row.operating_hours_per_day }),
      ...(shares === undefined ? {} : { load_shares: shares.shares }),
      programs: program === undefined ? [] : [program],
      notes: [
        ...energy.notes,
        ...(row === undefined ? ["no occupancy and no shares of load are known for this type"] : []),
        ...(code === "US" ? [] : [`the medians are those of the US, not of ${code}`])
      ]
    }
  })
})
