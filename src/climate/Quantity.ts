/**
 * Measured numbers that carry their unit in their type, and the units in which fuels and electricity are bought.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** Kilograms of greenhouse gases, weighed by their warming over 100 years. Removals are negative. @category quantities */
export const KilogramsCo2e = Schema.Finite.annotate({ description: "kg CO2e" }).pipe(Schema.brand("KilogramsCo2e"))
/** @category quantities */
export type KilogramsCo2e = typeof KilogramsCo2e.Type

/** Metric tons (1000 kg) of CO2e. @category quantities */
export const TonnesCo2e = Schema.Finite.annotate({ description: "t CO2e" }).pipe(Schema.brand("TonnesCo2e"))
/** @category quantities */
export type TonnesCo2e = typeof TonnesCo2e.Type

/** Kilograms of one gas, by its own mass. @category quantities */
export const Kilograms = Schema.Finite.annotate({ description: "kg" }).pipe(Schema.brand("Kilograms"))
/** @category quantities */
export type Kilograms = typeof Kilograms.Type

/** @category quantities */
export const KilowattHours = Schema.Finite.annotate({ description: "kWh" }).pipe(Schema.brand("KilowattHours"))
/** @category quantities */
export type KilowattHours = typeof KilowattHours.Type

/** Millions of British thermal units (IT), at the higher heating value where a fuel is burnt. @category quantities */
export const MMBtu = Schema.Finite.annotate({ description: "MMBtu" }).pipe(Schema.brand("MMBtu"))
/** @category quantities */
export type MMBtu = typeof MMBtu.Type

/** @category quantities */
export const SquareFeet = Schema.Finite.annotate({ description: "ft2" }).pipe(Schema.brand("SquareFeet"))
/** @category quantities */
export type SquareFeet = typeof SquareFeet.Type

/**
 * How large each unit is, in MJ, liters or kg. Exact, except the therm, a tenth of an MMBtu (US and EC differ by 0.02 %),
 * and the normal cubic meter (0 C), given as its volume at 15 C by the law of the ideal gas.
 */
const sizes = {
  kWh: ["energy", 3.6],
  MWh: ["energy", 3600],
  GWh: ["energy", 3.6e6],
  MJ: ["energy", 1],
  GJ: ["energy", 1000],
  TJ: ["energy", 1e6],
  Btu: ["energy", 0.00105505585262],
  kBtu: ["energy", 1.05505585262],
  MMBtu: ["energy", 1055.05585262],
  therm: ["energy", 105.505585262],
  ton_hour: ["energy", 12.660670224],
  scf: ["volume", 28.316846592],
  ccf: ["volume", 2831.6846592],
  mcf: ["volume", 28316.846592],
  mmcf: ["volume", 28316846.592],
  m3: ["volume", 1000],
  Nm3: ["volume", 1054.91488],
  gallon: ["volume", 3.785411784],
  imperial_gallon: ["volume", 4.54609],
  liter: ["volume", 1],
  barrel: ["volume", 158.987294928],
  kg: ["mass", 1],
  lb: ["mass", 0.45359237],
  short_ton: ["mass", 907.18474],
  long_ton: ["mass", 1016.0469088],
  tonne: ["mass", 1000]
} as const

/**
 * A unit by its canonical name. `gallon` is the US gallon; `ccf`, `mcf` and `mmcf` are 100, 1000 and a million `scf`,
 * cubic feet of gas; `ton_hour` is 12,000 Btu of cooling.
 *
 * @category units
 */
export type Unit = keyof typeof sizes

/** @category units */
export const units = Object.keys(sizes) as ReadonlyArray<Unit> // `Object.keys` forgets which keys

/** @category units */
export type Dimension = typeof sizes[Unit][0]

/** @category units */
export const dimension = (unit: Unit): Dimension => sizes[unit][0]

/**
 * How many `to` make one `from`. `None` between energy, volume and mass: there it takes a fuel's heat content or density.
 *
 * ```ts
 * import { Option } from "effect"
 * import * as Quantity from "greenlang/climate/Quantity"
 *
 * Quantity.ratio("MWh", "kWh") // => Option.some(1000)
 * Quantity.ratio("kg", "kWh") // => Option.none()
 * ```
 *
 * @category units
 */
export const ratio = (from: Unit, to: Unit): Option.Option<number> =>
  dimension(from) === dimension(to) ? Option.some(times(from, to)) : Option.none()

/**
 * How many `to` make one `from`, which measure the same dimension.
 *
 * @category units
 */
export const times = (from: Unit, to: Unit): number => sizes[from][1] / sizes[to][1]

/** Other spellings, in lower case. A plural `s` needs none. */
const aliases: Readonly<Record<string, Unit>> = {
  kilowatt_hour: "kWh",
  megawatt_hour: "MWh",
  gigawatt_hour: "GWh",
  megajoule: "MJ",
  gigajoule: "GJ",
  terajoule: "TJ",
  million_btu: "MMBtu",
  thousand_btu: "kBtu",
  thm: "therm",
  hundred_cubic_feet: "ccf",
  thousand_cubic_feet: "mcf",
  million_cubic_feet: "mmcf",
  cf: "scf",
  ft3: "scf",
  cubic_feet: "scf",
  cubic_foot: "scf",
  standard_cubic_feet: "scf",
  cubic_meter: "m3",
  cubic_metre: "m3",
  "m³": "m3",
  gal: "gallon",
  us_gal: "gallon",
  us_gallon: "gallon",
  gallon_us: "gallon",
  imp_gal: "imperial_gallon",
  uk_gallon: "imperial_gallon",
  gallon_uk: "imperial_gallon",
  l: "liter",
  litre: "liter",
  kilogram: "kg",
  pound: "lb",
  us_ton: "short_ton",
  imperial_ton: "long_ton",
  uk_ton: "long_ton",
  t: "tonne",
  metric_ton: "tonne",
  metric_tonne: "tonne",
  ton_hr: "ton_hour"
}

const spellings: Readonly<Record<string, Unit>> = {
  ...aliases,
  ...Object.fromEntries(units.map((unit) => [unit.toLowerCase(), unit]))
}

/**
 * The unit that a name, a plural or a short form stands for. Upper and lower case are the same, and so are space, hyphen
 * and underscore. Labels of bills, and what is refused as ambiguous, are `BillUnit`.
 *
 * ```ts
 * import { Option } from "effect"
 * import * as Quantity from "greenlang/climate/Quantity"
 *
 * Quantity.unit("therms") // => Option.some("therm")
 * Quantity.unit("short tons") // => Option.some("short_ton")
 * Quantity.unit("ton") // => Option.none()
 * ```
 *
 * @category units
 */
export const unit = (name: string): Option.Option<Unit> => {
  const key = name.trim().toLowerCase().replaceAll(/[()]/g, "").replaceAll(/[\s-]+/g, "_")
  const known = [key, key.replace(/s$/, "")].find((spelling) => Object.hasOwn(spellings, spelling))
  return Option.fromUndefinedOr(known === undefined ? undefined : spellings[known])
}

/**
 * To so many decimals, halves away from zero, as a reader of the number would do it: what binary arithmetic leaves beyond
 * 15 digits does not count. Numbers are rounded once, when they leave.
 *
 * ```ts
 * import * as Quantity from "greenlang/climate/Quantity"
 *
 * Quantity.round(1000 * 0.34967 / 2, 2) // => 174.84
 * ```
 *
 * @category rounding
 */
export const round = (value: number, decimals: number): number =>
  BigDecimal.toNumberUnsafe(
    BigDecimal.round(BigDecimal.fromStringUnsafe(value.toPrecision(15)), { scale: decimals, mode: "half-from-zero" })
  )

/**
 * The product without what binary arithmetic leaves beyond 15 digits: 0.34967 a kilowatt-hour is 349.67 a megawatt-hour.
 *
 * @category rounding
 */
export const product = (a: number, b: number): number => Number((a * b).toPrecision(15))
