/**
 * Emissions of fuels by their heat and of grid power, as the agents for plants need them: the look-ups of `FuelTools`.
 */
import * as Effect from "effect/Effect"
import { DataError } from "./ClimateError.ts"
import * as Constant from "./Constant.ts"
import * as Country from "./Country.ts"
import * as FuelTools from "./FuelTools.ts"
import { round } from "./Quantity.ts"
import { direct, type ToolCall } from "./ToolCall.ts"

/** What is burnt where another name is usual: the rows of the factor tables. */
const aliases: Readonly<Record<string, string>> = { biomass: "biomass_wood", electricity_grid: "electricity" }

/** The name of a fuel in the factor tables. @category reading */
export const fuelName = (fuel: string): string => Constant.own(aliases, fuel) ?? fuel

/** Where and when, as `FuelTools.place` reads it. @category models */
export interface Place {
  readonly country?: string
  readonly subregion?: string
  readonly year?: number
}

/** What one MMBtu or kWh emits, and which fuel of the tables it is. @category models */
export interface PerUnit {
  readonly fuel_type: string
  /** kg CO2e. */
  readonly factor: number
  /** kg of biogenic CO2, which stands apart from `factor`: 0 for what is fossil. */
  readonly biogenic: number
  readonly scope: "1" | "2"
  readonly notes: ReadonlyArray<string>
}

/**
 * kg CO2e of one MMBtu (gross) of a fuel, or of power. Cited. A note says the biogenic CO2 that stands apart. Fails with
 * `DataError` where there is no factor.
 *
 * @category reading
 */
export const kgPerMmbtu = (fuel: string, place: Place = {}, call: ToolCall = direct) =>
  lookUp(fuelName(fuel), "MMBtu", place, call)

/**
 * kg CO2e of one kWh from the grid, location-based. Cited.
 *
 * @category reading
 */
export const kgPerKwh = (place: Place = {}, call: ToolCall = direct) => lookUp("electricity", "kWh", place, call)

const lookUp = (fuel_type: string, unit: string, place: Place, call: ToolCall) =>
  Effect.map(
    call(FuelTools.lookupEmissionFactor, { fuel_type, unit, country: "US", ...place }),
    ({ biogenic_co2: biogenic = 0, factor, fuel_type, notes, scope }): PerUnit => ({
      fuel_type,
      factor,
      biogenic,
      scope,
      notes: biogenic === 0
        ? notes
        : [
          ...notes,
          `the biogenic CO2 of ${fuel_type}, ${round(biogenic, 4)} kg/${unit}, stands apart from CO2e (GHG Protocol)`
        ]
    })
  )

/**
 * Regions of power markets and their eGRID subregion. PJM, MISO and SPP span several: they have none here.
 *
 * @category reading
 */
export const marketRegions: Readonly<Record<string, string>> = {
  CAISO: "CAMX",
  ERCOT: "ERCT",
  NEISO: "NEWE",
  "ISO-NE": "NEWE"
}

/** Markets that span several eGRID subregions, with those to choose among. @category reading */
export const spanningMarkets: Readonly<Record<string, ReadonlyArray<string>>> = {
  PJM: ["RFCE", "RFCW", "SRVC"],
  MISO: ["MROE", "MROW", "RFCM", "SRMW", "SRMV"],
  SPP: ["SPNO", "SPSO"]
}

/**
 * The place that a name of a grid stands for: a market (`CAISO`), a country (`DE`, `Germany`), an eGRID subregion (`CAMX`)
 * or a US state (`US-CA`, `California`). Two letters are a country. Fails with `DataError` for a market that spans several
 * subregions, and lists them.
 *
 * @category reading
 */
export const placeOf = (gridRegion: string): Effect.Effect<Place, DataError> => {
  const name = gridRegion.trim()
  const market = name.toUpperCase()
  const subregion = Constant.own(marketRegions, market)
  if (subregion !== undefined) return Effect.succeed({ country: "US", subregion })
  const several = Constant.own(spanningMarkets, market)
  if (several !== undefined) {
    return Effect.fail(
      new DataError({ what: "single eGRID subregion", lookedFor: { grid_region: name }, available: several })
    )
  }
  const country = Country.code(name)
  return Effect.succeed(
    country.length === 2 || country === "WORLD"
      ? { country }
      : { country: "US", subregion: name.replace(/^us-/i, "") }
  )
}
