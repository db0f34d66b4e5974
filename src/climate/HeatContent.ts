/**
 * How much energy a unit of fuel holds: US EPA GHG Emission Factors Hub (2025), at the higher (gross) heating value.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as FuelType from "./FuelType.ts"
import * as Quantity from "./Quantity.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/**
 * `gross` energy counts the heat of condensing the water in the flue gas, `net` does not. The US, the UK and invoices
 * state gross energy, the IPCC net. Mass and volume are the same on either.
 *
 * @category models
 */
export type Basis = "gross" | "net"

/** @category models */
export interface EnergyUnit {
  readonly unit: Quantity.Unit
  readonly basis: Basis
}

/**
 * Reads a unit as the tables of factors write it, `kWh_hhv` or `GJ_ncv`.
 *
 * ```ts
 * import * as HeatContent from "greenlang/climate/HeatContent"
 *
 * HeatContent.published("GJ_ncv") // => { unit: "GJ", basis: "net" }
 * ```
 *
 * @category reading
 */
export const published = (name: string): EnergyUnit | undefined => {
  const unit = Quantity.unit(name.replace(/_(hhv|ncv)$/, ""))
  return Option.isNone(unit) ? undefined : { unit: unit.value, basis: name.endsWith("_ncv") ? "net" : "gross" }
}

/**
 * Net over gross energy: a tenth less for gas, a twentieth for oil and coal (IPCC 2006 Guidelines, volume 2, section
 * 1.4.1.2). It gives no rule for other fuels.
 */
const netShare = (fuel: string): Option.Option<number> =>
  fuel === "natural_gas"
    ? Option.some(0.9)
    : /^(coal|diesel|gas_oil|gasoline|kerosene|lpg|petroleum_coke|residual_fuel_oil)/.test(fuel)
    ? Option.some(0.95)
    : Option.none()

/** What a number rests on. @category models */
export interface HeatContent {
  /** MMBtu, gross, in one unit. */
  readonly mmbtu: number
  readonly source: string
  readonly year: number
  readonly region: string
  /** As published, such as `0.138 mmBtu(HHV)/gallon`. `undefined` where energy is converted into energy. */
  readonly published: { readonly value: number; readonly unit: string } | undefined
  readonly note: string | undefined
}

const energy = (mmbtu: number): HeatContent => ({
  mmbtu,
  source: "NIST SP 811",
  year: 2008,
  region: "global",
  published: undefined,
  note: undefined
})

/**
 * The energy in one unit of `fuel`. `None` where nothing is published that leads there.
 *
 * @category running
 */
export const find = Effect.fnUntraced(function*(fuel: string, { basis, unit }: EnergyUnit) {
  if (!FuelType.isMeasuredBy(fuel, unit)) return Option.none<HeatContent>()
  const same = Quantity.ratio(unit, "MMBtu")
  if (Option.isSome(same)) {
    if (basis === "gross") return Option.some(energy(same.value))
    return Option.map(netShare(fuel), (share): HeatContent => ({
      ...energy(same.value / share),
      note: `net energy is ${share} of gross energy (IPCC 2006 Guidelines, volume 2, section 1.4.1.2)`
    }))
  }
  const tables = yield* ReferenceTables
  const row = yield* tables.fuelCombustion(FuelType.epaName(fuel))
  if (Option.isNone(row)) return Option.none<HeatContent>()
  const { heat_content, heat_content_unit, native_unit, region, source, source_year } = row.value
  return Option.map(
    Option.flatMap(Quantity.unit(native_unit), (native) => Quantity.ratio(unit, native)),
    (ratio): HeatContent => ({
      mmbtu: ratio * heat_content,
      source,
      year: source_year,
      region,
      published: { value: heat_content, unit: heat_content_unit },
      note: `converted at ${heat_content} ${heat_content_unit} (${source}, ${source_year})`
    })
  )
})

/**
 * The energy in one unit of `fuel` by the defaults of the IPCC, which cover liquids by their mass. The table states them
 * as emissions of a kilogram and of a gigajoule (net): one over the other is the gigajoules in a kilogram.
 *
 * @category running
 */
export const findDefault = Effect.fnUntraced(function*(fuel: string, unit: Quantity.Unit) {
  if (!FuelType.isMeasuredBy(fuel, unit)) return Option.none<HeatContent>()
  const tables = yield* ReferenceTables
  const rows = yield* tables.fuelFactors({ region: "GLOBAL", fuel })
  const net = rows.find((row) => row.unit === "GJ_ncv")
  const share = netShare(fuel)
  for (const row of rows) {
    const ratio = Option.flatMap(Quantity.unit(row.unit), (published) => Quantity.ratio(unit, published))
    if (net?.co2 && row.co2 !== null && Option.isSome(ratio) && Option.isSome(share)) {
      const gigajoules = row.co2 / net.co2
      return Option.some<HeatContent>({
        mmbtu: ratio.value * gigajoules / share.value * gigajoule,
        source: row.source,
        year: row.source_year,
        region: row.region,
        published: { value: Quantity.round(gigajoules, 4), unit: `GJ(NCV)/${row.unit}` },
        note: `net energy is ${share.value} of gross energy (IPCC 2006 Guidelines, volume 2, section 1.4.1.2)`
      })
    }
  }
  return Option.none<HeatContent>()
})

/** In MMBtu. */
const gigajoule = Option.getOrThrow(Quantity.ratio("GJ", "MMBtu"))

/**
 * How many `to` hold the energy of one `from`, and what that rests on.
 *
 * @category running
 */
export const convert = Effect.fnUntraced(function*(fuel: string, from: EnergyUnit, to: EnergyUnit) {
  const [one, other] = [yield* find(fuel, from), yield* find(fuel, to)]
  if (Option.isNone(one) || Option.isNone(other)) {
    return Option.none<{ readonly ratio: number; readonly note: string }>()
  }
  const notes = [one.value.note, other.value.note].filter((note) => note !== undefined)
  return Option.some({ ratio: one.value.mmbtu / other.value.mmbtu, note: notes.join("; ") })
})
