/**
 * Units as bills, meter exports and tables write them: `Dth`, `kWh (Gross CV)`, `KGal (thousand gallons) (US)`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { DatabaseError } from "../database/DatabaseError.ts"
import * as NearestName from "../internal/NearestName.ts"
import { ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as Quantity from "./Quantity.ts"
import { unitLabels } from "./tables/FactorTables.ts"
import * as Index from "./tables/Index.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/**
 * `gross` energy counts the heat of condensing the water in the flue gas, `net` does not. Invoices state gross energy, the
 * IPCC net. Mass and volume are the same on either.
 *
 * @category models
 */
export type Basis = "gross" | "net"

/**
 * What one label measures: `scale` times `unit`. `name` is how the answer writes it: the canonical name, or the label
 * where the scale is not 1.
 *
 * @category models
 */
export interface BillUnit {
  readonly name: string
  readonly unit: Quantity.Unit
  readonly basis: Basis
  readonly scale: number
  readonly notes: ReadonlyArray<string>
}

/** @category schemas */
export const Label = Schema.NonEmptyString.annotate({
  description: `unit as the bill writes it, such as ${Quantity.units.join(", ")}; kWh_ncv and GJ_ncv for net energy`
})

/** What stands in the way of a label. */
const refused = (label: string, message: string, expected: string) =>
  new ValidationError({ issues: [{ path: "unit", message: `${label} ${message}`, expected }] })

const key = (label: string) => label.toLowerCase().replaceAll(/[\s_-]+/g, "")

const byLabel = (row: { readonly label: string }) => key(row.label)

const imperial = /^(?:(?:uk|imp|imperial)gal(?:lon)?s?|gal(?:lon)?s?\((?:uk|imp|imperial)\))\.?$/
const american = /^(?:usgal(?:lon)?s?|gal(?:lon)?s?\(us\))\.?$/

const gallons = new Set(["gal", "gals", "gallon", "gallons", "kgal", "cgal", "mgal"])

/**
 * Reads a label. Fails with `ValidationError` where it is not known or means several things: a bare `ton`, a bare `gallon`
 * outside the US, `MBtu`.
 *
 * @category reading
 */
export const read = Effect.fnUntraced(function*(
  label: string,
  options: { readonly country: string }
): Effect.fn.Return<BillUnit, ValidationError | DatabaseError, ReferenceTables> {
  const text = label.trim()
  const plain = key(text)
  if (gallons.has(plain) && Country.home(Country.code(options.country)) !== "US") {
    return yield* refused(text, "is the gallon of the US or of the UK", "us_gallon or imperial_gallon")
  }
  if (/^tons?$/.test(plain)) {
    return yield* refused(text, "alone means several things", "short_ton (907.18474 kg), long_ton or tonne (1000 kg)")
  }
  const tables = yield* ReferenceTables
  const row = Index.find(yield* tables.rows(unitLabels), byLabel, plain)[0]
  if (row !== undefined && row.unit === null) {
    return yield* refused(text, `is ${row.note ?? "refused"}`, choices(plain))
  }
  const gallon = imperial.test(plain) ? "imperial_gallon" : american.test(plain) ? "gallon" : undefined
  const measured = published(gallon ?? row?.unit ?? text)
  if (measured === undefined) {
    const near = text.length < shortestName ? undefined : NearestName.find(text, Quantity.units)
    const guess = near === undefined ? "" : `, did you mean ${near}?`
    return yield* refused(text, `is not a known unit${guess}`, `one of ${Quantity.units.join(", ")}`)
  }
  const scale = row?.factor ?? 1
  const isMcf = plain === "mcf"
  return {
    name: scale === 1 ? named(measured) : text,
    ...measured,
    scale,
    notes: isMcf ? ["mcf is read as a thousand cubic feet; Portfolio Manager writes MCF for a million"] : []
  }
})

/** A shorter label is near to every other. */
const shortestName = 4

const choices = (label: string) =>
  ({
    mbtu: "kBtu (thousand) or MMBtu (million)",
    mlb: "klb (thousand pounds) or lb",
    mt: "tonne (metric ton)",
    ml: "liter, kL or m3",
    cords: "short_ton, kg or MMBtu of wood",
    kvah: "kWh"
  })[label] ?? "another unit"

/** How the tables and answers write a unit: `GJ`, and `GJ_ncv` for net energy. @category reading */
export const named = ({ basis, unit }: Pick<BillUnit, "basis" | "unit">): string =>
  basis === "net" ? `${unit}_ncv` : unit

/**
 * Reads a unit as the tables of factors write it, `kWh_hhv` or `GJ_ncv`.
 *
 * ```ts
 * import * as BillUnit from "greenlang/climate/BillUnit"
 *
 * BillUnit.published("GJ_ncv") // => { unit: "GJ", basis: "net" }
 * ```
 *
 * @category reading
 */
export const published = (name: string): Pick<BillUnit, "basis" | "unit"> | undefined => {
  const suffix = /[_ ](hhv|gcv|lhv|ncv)$/i.exec(name)
  const unit = Quantity.unit(suffix === null ? name : name.slice(0, suffix.index))
  if (Option.isNone(unit)) return undefined
  const basis: Basis = suffix !== null && /lhv|ncv/i.test(suffix[0]) ? "net" : "gross"
  return suffix !== null && Quantity.dimension(unit.value) !== "energy" ? undefined : { unit: unit.value, basis }
}

/**
 * How many `to` make one of a label of energy. Fails with `ValidationError` at `path` for a unit of volume or mass, for net
 * energy, and for a label that means several things, such as `MBtu`.
 *
 * @category reading
 */
export const energy = Effect.fnUntraced(function*(label: string, to: "kWh" | "MMBtu", path: string) {
  const { basis, scale, unit } = yield* Effect.catchTag(
    read(label, { country: "US" }),
    "ValidationError",
    ({ issues }) => Effect.fail(new ValidationError({ issues: issues.map((issue) => ({ ...issue, path })) }))
  )
  const ratio = basis === "net" ? Option.none() : Quantity.ratio(unit, to)
  if (Option.isSome(ratio)) return ratio.value * scale
  const message = `${label} is not a unit of gross energy`
  return yield* new ValidationError({
    issues: [{ path, message, expected: "kWh, MWh, GWh, MJ, GJ, kBtu, MMBtu, therm, Dth" }]
  })
})
