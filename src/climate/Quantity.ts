/**
 * Measured numbers that carry their unit in their type, and the units in which fuels and electricity are bought.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

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

/** How large each unit is, in MJ, liters or kg: exact, except the therm, a tenth of an MMBtu (US and EC differ by 0.02 %). */
const sizes = {
  kWh: ["energy", 3.6],
  MWh: ["energy", 3600],
  GWh: ["energy", 3.6e6],
  MJ: ["energy", 1],
  GJ: ["energy", 1000],
  MMBtu: ["energy", 1055.05585262],
  therm: ["energy", 105.505585262],
  ccf: ["volume", 2831.6846592],
  mcf: ["volume", 28316.846592],
  scf: ["volume", 28.316846592],
  m3: ["volume", 1000],
  gallon: ["volume", 3.785411784],
  liter: ["volume", 1],
  kg: ["mass", 1],
  lb: ["mass", 0.45359237],
  short_ton: ["mass", 907.18474],
  tonne: ["mass", 1000]
} as const

/**
 * A unit by its canonical name. `gallon` is the US gallon; `ccf` and `mcf` are 100 and 1000 `scf`, cubic feet of gas.
 *
 * @category units
 */
export type Unit = keyof typeof sizes

/** @category units */
export const units = Object.keys(sizes) as ReadonlyArray<Unit> // `Object.keys` forgets which keys

/** @category units */
export const Unit = Schema.Literals(units)

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
  dimension(from) === dimension(to) ? Option.some(sizes[from][1] / sizes[to][1]) : Option.none()

/** Other spellings, in lower case. A plural `s` needs none. */
const aliases: Readonly<Record<string, Unit>> = {
  kilowatt_hour: "kWh",
  megawatt_hour: "MWh",
  gigawatt_hour: "GWh",
  megajoule: "MJ",
  gigajoule: "GJ",
  million_btu: "MMBtu",
  thm: "therm",
  hundred_cubic_feet: "ccf",
  thousand_cubic_feet: "mcf",
  cf: "scf",
  ft3: "scf",
  cubic_feet: "scf",
  cubic_foot: "scf",
  cubic_meter: "m3",
  cubic_metre: "m3",
  "m³": "m3",
  gal: "gallon",
  us_gallon: "gallon",
  l: "liter",
  litre: "liter",
  kilogram: "kg",
  pound: "lb",
  us_ton: "short_ton",
  t: "tonne",
  metric_ton: "tonne"
}

const spellings: Readonly<Record<string, Unit>> = {
  ...aliases,
  ...Object.fromEntries(units.map((unit) => [unit.toLowerCase(), unit]))
}

/**
 * The unit that a name, a plural or a short form stands for. Upper and lower case are the same, and so are space, hyphen
 * and underscore.
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
  const key = name.trim().toLowerCase().replaceAll(/[\s-]+/g, "_")
  const known = [key, key.replace(/s$/, "")].find((spelling) => Object.hasOwn(spellings, spelling))
  return Option.fromUndefinedOr(known === undefined ? undefined : spellings[known])
}

/**
 * Reads a `Unit` from any of its names. A bare `ton` is refused: a short ton is 907 kg, a metric one 1000 kg.
 *
 * @category units
 */
export const UnitName = Schema.String.annotate({
  description: `unit of the amount, one of ${units.join(", ")}`
}).check(Schema.makeFilter((name) =>
  Option.isSome(unit(name)) || (/^tons?$/i.test(name.trim())
    ? "A bare ton is ambiguous: short_ton is 907.18474 kg, tonne is 1000 kg"
    : `Expected one of ${units.join(", ")}`)
)).pipe(Schema.decodeTo(
  Unit,
  SchemaTransformation.transform({
    decode: (name): Unit => Option.getOrThrow(unit(name)), // the check above has seen it
    encode: (unit) => unit
  })
))

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
