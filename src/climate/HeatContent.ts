/**
 * How much energy a unit of fuel holds, and how units of energy, volume and mass convert into each other.
 *
 * 1. Energy without a basis is gross (higher heating value).
 * 2. A row of a country converts by that country's own heat content or density: US rows by EPA's table, others by the
 *    table of properties. Rows of the IPCC convert by the country's own, then by the UK's, which a note says.
 * 3. Net energy is a share of gross energy: IPCC 2006 Guidelines, volume 2, section 1.4.1.2, or else the fuel's own.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BillUnit } from "./BillUnit.ts"
import type * as FuelType from "./FuelType.ts"
import * as Quantity from "./Quantity.ts"
import { epaFuels, fuelFactors, fuelProperties } from "./tables/FactorTables.ts"
import * as Index from "./tables/Index.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** A unit, and the basis of its energy. @category models */
export type Measure = Pick<BillUnit, "basis" | "unit">

/**
 * What a fuel holds: gross gigajoules in a cubic meter and in a tonne, kilograms in a cubic meter.
 *
 * @category models
 */
export interface Properties {
  readonly heatPerM3: Published | undefined
  readonly heatPerTonne: Published | undefined
  readonly density: Published | undefined
}

/** A published number: `value` in the units above, `shown` as its publisher prints it. @category models */
export interface Published {
  readonly value: number
  readonly shown: { readonly value: number; readonly unit: string }
  readonly source: string
  readonly year: number
  readonly region: string
  readonly licence: string | null
}

const gigajoulesPerMMBtu = 1.05505585262

/** The properties of EPA's table, where `row` is a fuel of it. @category reading */
export const ofEpa = Effect.fnUntraced(function*(row: string | undefined) {
  const tables = yield* ReferenceTables
  const found = row === undefined ? undefined : Index.find(yield* tables.rows(epaFuels), Index.byFuel, row)[0]
  if (found === undefined) return undefined
  const { heat_content, heat_content_unit, licence, native_unit, region, source, source_year } = found
  const native = Option.getOrThrow(Quantity.unit(native_unit))
  const shown = { value: heat_content, unit: heat_content_unit }
  const published = (value: number): Published => ({ value, shown, source, year: source_year, region, licence })
  const perUnit = heat_content * gigajoulesPerMMBtu
  const properties: Properties = Quantity.dimension(native) === "mass"
    ? { ...none, heatPerTonne: published(perUnit * Quantity.times("tonne", native)) }
    : { ...none, heatPerM3: published(perUnit * Quantity.times("m3", native)) }
  return properties
})

/**
 * What EPA states of a fuel that is sold in the US. Compressed and liquefied gas has EPA's row of natural gas, whose heat
 * is that of the gas: as a liquid it takes what its own factor by the gallon rests on.
 *
 * @category reading
 */
export const ofUs = Effect.fnUntraced(function*(fuel: FuelType.Fuel) {
  if (fuel.state !== "compressed") return yield* ofEpa(fuel.epaRow)
  const tables = yield* ReferenceTables
  const gas = fuel.epaRow === undefined
    ? undefined
    : Index.find(yield* tables.rows(epaFuels), Index.byFuel, fuel.epaRow)[0]
  const row = Index.find(yield* tables.rows(fuelFactors), Index.byFuel, fuel.name).find((row) =>
    row.region === "US" && row.unit === "gallon" && row.pack === null
  )
  if (gas === undefined || row === undefined || row.co2 === null) return undefined
  const mmbtu = row.co2 / gas.co2
  const { licence, region, source, source_year: year } = row
  const shown = { value: Quantity.round(mmbtu, 5), unit: "mmBtu(HHV)/gallon" }
  const heatPerM3 = { value: mmbtu * gigajoulesPerMMBtu * Quantity.times("m3", "gallon") }
  const properties: Properties = { ...none, heatPerM3: { ...heatPerM3, shown, source, year, region, licence } }
  return properties
})

const none: Properties = { heatPerM3: undefined, heatPerTonne: undefined, density: undefined }

/** Heat by volume, and by mass through a density. @category constructors */
export const byDensity = (heatPerM3: Published, density: Published): Properties => ({
  heatPerM3,
  heatPerTonne: { ...density, value: heatPerM3.value / density.value * 1000 },
  density
})

/** The properties that a country publishes for a fuel. @category reading */
export const ofCountry = Effect.fnUntraced(function*(country: string, fuel: string) {
  const tables = yield* ReferenceTables
  const name = fuel === "biomass_wood" && country === "UK" ? "wood_logs" : fuel
  const all = Index.find(yield* tables.rows(fuelProperties), Index.byFuel, name)
  const rows = all.filter((row) => row.region === country)
  const row = rows.toSorted((a, b) => b.source_year - a.source_year)[0]
  if (row === undefined) return undefined
  const { licence, region, source, source_year } = row
  const published = (value: number | null, unit: string): Published | undefined =>
    value === null ? undefined : { value, shown: { value, unit }, source, year: source_year, region, licence }
  const properties: Properties = {
    heatPerM3: published(row.gcv_per_volume, `${row.gcv_volume_unit} (gross)`),
    heatPerTonne: published(row.gcv, "GJ/tonne (gross)"),
    density: published(row.density, "kg/m3")
  }
  return properties
})

/**
 * Net over gross energy. `undefined` for a fuel without a published ratio.
 *
 * @category reading
 */
export const netShare = Effect.fnUntraced(function*(fuel: string) {
  if (/^(natural_gas|cng|lng|biomethane)$/.test(fuel)) return ipcc(0.9)
  if (fuel === "lpg") return { share: 0.931, note: "net energy is 0.931 of gross energy" }
  if (fuel === "propane") return { share: 0.921, note: "net energy is 0.921 of gross energy" }
  if (oilOrCoal.test(fuel)) return ipcc(0.95)
  const tables = yield* ReferenceTables
  const name = fuel === "biomass_wood" ? "wood_logs" : fuel
  const row = (yield* tables.rows(fuelProperties)).find((row) => row.fuel === name && row.ncv_over_gcv !== null)
  if (row === undefined || row.ncv_over_gcv === null) return undefined
  const share = row.ncv_over_gcv
  return { share, note: `net energy is ${share} of gross energy (${row.source}, ${row.source_year})` }
})

const oilOrCoal = new RegExp(
  "^(anthracite|aviation_gasoline|bituminous_coal|coal|coke|crude_oil|diesel|distillate|fuel_oil|gas_oil|gasoline|heavy_gas"
    + "|jet_fuel|kerosene|lignite|lubricants|marine|motor_gasoline|naphtha|natural_gasoline|other_oil|petroleum_coke"
    + "|residual_fuel|special_naphtha|subbituminous|unfinished|used_oil)"
)

const ipcc = (share: number) => ({
  share,
  note: `net energy is ${share} of gross energy (IPCC 2006 Guidelines, volume 2, section 1.4.1.2)`
})

/** What a conversion came to and rests on. @category models */
export interface Conversion {
  readonly ratio: number
  readonly notes: ReadonlyArray<string>
  readonly by: ReadonlyArray<Published>
}

/**
 * How many `to` make one `from`. `undefined` where nothing published leads there.
 *
 * @category running
 */
export const convert = Effect.fnUntraced(
  function*(fuel: FuelType.Fuel, from: Measure, to: Measure, properties: Properties | undefined) {
    const [a, b] = [Quantity.dimension(from.unit), Quantity.dimension(to.unit)]
    if (a === b && (a !== "energy" || from.basis === to.basis)) {
      return conversion(Quantity.times(from.unit, to.unit), [], [])
    }
    const net = from.basis === to.basis && from.basis === "gross" ? undefined : yield* netShare(fuel.name)
    const one = inGross(from, net?.share, properties)
    const other = inGross(to, net?.share, properties)
    if (one !== undefined && other !== undefined) {
      const notes = net === undefined ? [] : [net.note]
      return conversion(one.megajoules / other.megajoules, notes, [one.by, other.by])
    }
    const density = properties?.density
    if (a === "energy" || b === "energy" || density === undefined) return undefined
    const kilograms = ({ unit }: Measure) =>
      Quantity.dimension(unit) === "mass"
        ? Quantity.times(unit, "kg")
        : Quantity.times(unit, "m3") * density.value
    return conversion(kilograms(from) / kilograms(to), [], [density])
  }
)

const conversion = (
  ratio: number,
  notes: ReadonlyArray<string>,
  by: ReadonlyArray<Published | undefined>
): Conversion => {
  const used = by.filter((published) => published !== undefined)
  const said = used.map(({ shown, source, year }) => `converted at ${shown.value} ${shown.unit} (${source}, ${year})`)
  return { ratio, notes: [...notes, ...said], by: used }
}

/** Gross megajoules in one unit, and what says so where the unit is not of energy. @category running */
export const inGross = (
  { basis, unit }: Measure,
  netShare: number | undefined,
  properties: Properties | undefined
): { readonly megajoules: number; readonly by: Published | undefined } | undefined => {
  switch (Quantity.dimension(unit)) {
    case "energy": {
      const megajoules = Quantity.times(unit, "MJ")
      if (basis === "gross") return { megajoules, by: undefined }
      return netShare === undefined ? undefined : { megajoules: megajoules / netShare, by: undefined }
    }
    case "volume": {
      const by = properties?.heatPerM3
      return by && { megajoules: Quantity.times(unit, "m3") * by.value * 1000, by }
    }
    case "mass": {
      const by = properties?.heatPerTonne
      return by && { megajoules: Quantity.times(unit, "tonne") * by.value * 1000, by }
    }
  }
}
