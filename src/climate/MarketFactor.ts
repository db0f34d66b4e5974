/**
 * The market-based figure of bought electricity: GHG Protocol Scope 2 Guidance (2015), chapter 6.
 *
 * Certificates count first, at zero. The rest takes the supplier's factor, else the residual mix of the place, else, where
 * none is published, the average of the grid. Where one is published and may not be shipped, it must be given.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import { residualMixes } from "./tables/FactorTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import type { Row } from "./tables/Table.ts"
import * as Vintage from "./Vintage.ts"

const perKilowattHour = (description: string) => Field.optional(Field.kilogramsPerKilowattHour(description))

/** How electricity was bought. @category schemas */
export const fields = {
  renewable_percentage: Schema.optionalKey(
    Schema.Finite.annotate({
      description: "electricity only: percent from renewable contracts or certificates, 0 to 100"
    }).check(Schema.isBetween({ minimum: 0, maximum: 100 }))
  ),
  certificates_kwh: Field.optional(
    Field.amount("electricity only: kWh covered by certificates, not more than was bought")
  ),
  supplier_factor_kg_per_kwh: perKilowattHour("electricity only: factor of the supplier or contract, kg CO2e/kWh"),
  residual_mix_kg_per_kwh: perKilowattHour("electricity only: residual mix of the place, kg CO2e/kWh")
}

/** The values of `fields`. @category models */
export interface Bought {
  readonly renewable_percentage?: number
  readonly certificates_kwh?: number
  readonly supplier_factor_kg_per_kwh?: number
  readonly residual_mix_kg_per_kwh?: number
}

const names = Object.keys(fields) as ReadonlyArray<keyof Bought> // `Object.keys` forgets which keys

/** Whether a market-based figure is asked for: any of the four fields is given. @category reading */
export const isAsked = (bought: Bought): boolean => names.some((name) => bought[name] !== undefined)

/**
 * Fails with `ValidationError`, which lists everything, where a field is given for what is not electricity, or two fields
 * contradict each other.
 *
 * @category validation
 */
export const check = (bought: Bought, fuel: string, isElectricity: boolean) => {
  const { certificates_kwh, renewable_percentage } = bought
  const issues = isElectricity
    ? certificates_kwh !== undefined && renewable_percentage !== undefined
      ? [{ path: "certificates_kwh", message: "says the same as renewable_percentage", expected: "one of the two" }]
      : []
    : names.filter((name) => bought[name] !== undefined).map((path) => ({
      path,
      message: `${fuel} has none`,
      expected: "it only where fuel_type is electricity"
    }))
  return issues.length === 0 ? Effect.void : Effect.fail(new ValidationError({ issues }))
}

/** Who publishes a residual mix that may not be shipped. */
const publisherOf = (country: string): string | undefined => {
  if (country === "UK") return "the residual fuel mix of DESNZ's fuel mix disclosure"
  if (country === "NZ") return "BraveTrace's residual supply mix"
  return Country.euMembers.has(country) || aibMembers.has(country)
    ? "AIB's European Residual Mixes"
    : undefined
}

const aibMembers = new Set(["BA", "CH", "IS", "ME", "NO", "RS"])

/** Full disclosure leaves no residual mix there. */
const hasNoMix = (country: string, year: number | undefined) =>
  country === "AT" || country === "CH" || (country === "NL" && (year ?? 9999) >= 2024)

/** The place, the kilowatt-hours bought there and the grid's average, kg/kWh. @category models */
export interface Wanted extends Vintage.Wanted {
  readonly country: string
  /** The code of the part of the country, as in the tables. */
  readonly part: string | undefined
  readonly kilowattHours: number
  readonly location: number
  readonly bought: Bought
  readonly allowFallback: boolean
}

/** What a residual mix was. @category models */
export type Residual = Row<typeof residualMixes>

/**
 * `factor` is an average over all kilowatt-hours; `basis` says what it rests on. Without `factor` there is no figure, and
 * `notes` say why.
 *
 * @category models
 */
export interface MarketFactor {
  readonly factor: number | undefined
  readonly basis: string | undefined
  readonly certificates: number
  /** What the rest takes, kg/kWh. */
  readonly rest: number | undefined
  readonly residuals: ReadonlyArray<Residual>
  readonly notes: ReadonlyArray<string>
}

/**
 * Fails with `DataError`, which names the publisher, where a residual mix is needed that may not be shipped, and with
 * `ValidationError` where more is certified than was bought.
 *
 * @category running
 */
export const find = Effect.fnUntraced(function*(wanted: Wanted) {
  const { bought, kilowattHours } = wanted
  const certificates = bought.certificates_kwh ?? kilowattHours * (bought.renewable_percentage ?? 0) / 100
  if (certificates > kilowattHours) {
    return yield* new ValidationError({
      issues: [{
        path: "certificates_kwh",
        message: `${certificates} kWh are more than the ${kilowattHours} kWh that were bought`,
        expected: "the amount or less"
      }]
    })
  }
  const share = kilowattHours === 0 ? (bought.renewable_percentage ?? 0) / 100 : certificates / kilowattHours
  const covered = certificates > 0 ? "certificates, " : ""
  const market = (rest: number, basis: string, more: Partial<MarketFactor> = {}): MarketFactor => ({
    factor: rest * (1 - share),
    basis: `${covered}${basis}`,
    certificates,
    rest,
    residuals: [],
    notes: [],
    ...more
  })
  const supplier = bought.supplier_factor_kg_per_kwh
  if (supplier !== undefined) {
    const notes = certificates > 0
      ? ["a supplier's factor contains its certificates: they must not be counted twice"]
      : []
    return market(supplier, "supplier factor", { notes })
  }
  if (share === 1) return { ...market(0, ""), basis: "certificates" }
  const own = bought.residual_mix_kg_per_kwh
  if (own !== undefined) return market(own, "residual mix, as given")
  return yield* findResidual(wanted, market)
})

const findResidual = Effect.fnUntraced(function*(
  wanted: Wanted,
  market: (rest: number, basis: string, more?: Partial<MarketFactor>) => MarketFactor
) {
  const { allowFallback, bought, country, location, part } = wanted
  const tables = yield* ReferenceTables
  const codes = country === "AU" ? ["AU"] : part === undefined ? [country] : [part, country]
  const all = yield* tables.rows(residualMixes)
  const rows = codes.map((code) => all.filter((row) => row.code === code)).find((rows) => rows.length > 0)
  if (rows !== undefined) {
    const { edition: _, ...byYear } = wanted
    const parts = yield* Vintage.overYears(byYear, (year) =>
      Effect.map(
        Vintage.pick(rows, { ...byYear, ...(year === undefined ? {} : { year }) }, (row) => row.year),
        (picked) => ({ picked: picked!, edition: picked?.row.edition ?? "" })
      ))
    const days = parts.reduce((days, part) => days + part.days, 0)
    const rest = parts.reduce(
      (sum, part) => sum + part.found.picked.row.factor * (days === 0 ? 1 : part.days / days),
      0
    )
    const picked = parts.map(({ found }) => found.picked)
    return market(rest, `residual mix of ${picked[0]!.row.edition}`, {
      residuals: picked.map(({ row }) => row),
      notes: picked.flatMap(({ note }) => note === undefined ? [] : [`residual mix: ${note}`])
    })
  }
  const publisher = publisherOf(country)
  if (publisher === undefined) {
    const notes = country === "US" ? ["Green-e publishes residual mixes by eGRID subregion: give the subregion"] : []
    return market(location, "grid average, no residual mix published", { notes })
  }
  if (!isAsked(bought)) {
    const notes = [`no market-based figure: it takes ${publisher}, which is not shipped`]
    return { ...market(0, ""), factor: undefined, basis: undefined, rest: undefined, notes }
  }
  if (allowFallback) {
    const notes = [`${publisher} is not given: the average of the grid stands in, as allowed`]
    return market(location, "grid average in place of the residual mix, as allowed", { notes })
  }
  const year = wanted.year ?? (wanted.period && Number(wanted.period.end_date.slice(0, 4)))
  return yield* new DataError({
    what: `residual mix: ${publisher} is published and not shipped`,
    lookedFor: { country, ...(year === undefined ? {} : { year }) },
    available: hasNoMix(country, year)
      ? ["supplier_factor_kg_per_kwh, as full disclosure leaves no residual mix", "allowFallback (grid average)"]
      : ["residual_mix_kg_per_kwh", "allowFallback (grid average)"]
  })
})
