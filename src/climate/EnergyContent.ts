/**
 * How much energy a unit of a purchase holds: the heat content that its emission factor rests on.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Run from "../agent/Run.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import * as BillUnit from "./BillUnit.ts"
import { DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import type * as EmissionQuery from "./EmissionQuery.ts"
import * as FuelFactor from "./FuelFactor.ts"
import * as FuelFormulas from "./FuelFormulas.ts"
import * as FuelType from "./FuelType.ts"
import * as HeatContent from "./HeatContent.ts"
import * as HeatFactor from "./HeatFactor.ts"
import * as Licence from "./Licence.ts"
import * as Quantity from "./Quantity.ts"
import { fuelFactors } from "./tables/FactorTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import type { Row } from "./tables/Table.ts"
import * as Vintage from "./Vintage.ts"

type FactorRow = Row<typeof fuelFactors>

/** MMBtu, gross, in one unit. @category models */
export interface EnergyContent {
  readonly mmbtu: number
  readonly notes: ReadonlyArray<string>
}

/**
 * Finds and cites it: for fuels of the US by EPA's table, elsewhere by the edition that the emission factor takes, where it
 * has a factor by energy too, by the country's own table, by the row of the IPCC that the emission factor takes, or by that
 * of the UK, which is noted. Over a period it is the mean of its days. Fails with `DataError` where nothing is published, and
 * with `ValidationError` where the unit does not measure the fuel.
 *
 * @category running
 */
export const find = Effect.fnUntraced(function*(query: EmissionQuery.Query) {
  const parts = yield* Vintage.overYears(query.wanted, (year) => inYear(query, year))
  const notes = Array.from(new Set(parts.flatMap(({ found }) => found.notes)))
  const isSame = parts.every(({ found }) => found.mmbtu === parts[0]!.found.mmbtu)
  const mmbtu = isSame
    ? parts[0]!.found.mmbtu
    : yield* FuelFormulas.dayWeightedFactor(Object.fromEntries(
      parts.flatMap(({ days, found }, at) => [[`days_${at + 1}`, days], [`factor_${at + 1}`, found.mmbtu]])
    ))
  const energy: EnergyContent = { mmbtu, notes }
  return energy
})

/** Of the edition of a year. */
interface Found extends EnergyContent {
  readonly edition: string
}

const inYear: (
  query: EmissionQuery.Query,
  year: number | undefined
) => Effect.Effect<Found, DataError | DatabaseError | ValidationError, ReferenceTables> = Effect.fnUntraced(
  function*(query, year) {
    const { country, fuel, unit, wanted } = query
    if (fuel.name === "steam" && Quantity.dimension(unit.unit) === "mass") {
      const { megajoules, note } = HeatFactor.steam(unit.unit, wanted)
      return { mmbtu: megajoules * unit.scale * Quantity.times("MJ", "MMBtu"), notes: [note], edition: "" }
    }
    if (fuel.kind !== "combustion") {
      const ratio = unit.basis === "net" ? Option.none() : Quantity.ratio(unit.unit, "MMBtu")
      if (Option.isSome(ratio)) return energy(ratio.value * unit.scale)
      return yield* missing(fuel.name, unit.name)
    }
    const units = yield* FuelFactor.unitsOf(fuel, country)
    if (!units.includes(unit.unit)) {
      const message = `${unit.name} does not measure ${fuel.name}`
      return yield* new ValidationError({ issues: [{ path: "unit", message, expected: `one of ${units.join(", ")}` }] })
    }
    const home = Country.home(country)
    const isPropaneVapour = fuel.name === "propane" && /^(scf|ccf|mcf|mmcf)$/.test(unit.unit)
    const isGas = fuel.state === "compressed" && FuelFactor.isGasUnit(unit.unit)
    const epa = isPropaneVapour || isGas
      ? yield* HeatContent.ofEpa(isGas ? fuel.epaRow : "propane_gas")
      : yield* HeatContent.ofUs(fuel)
    const own = home === "US" ? epa : yield* HeatContent.ofCountry(home, isGas ? "natural_gas" : fuel.name)
    const net = unit.basis === "net" ? yield* HeatContent.netShare(fuel.name) : undefined
    const byEdition = isGas || home === "US" ? undefined : yield* ofEdition(home, fuel.name, unit, { ...wanted, year })
    const byRows = isGas ? undefined : yield* ofRows(home, fuel.name, unit)
    const byIpcc = isGas ? undefined : yield* ofIpcc(fuel.name, unit)
    const uk = yield* HeatContent.ofCountry("UK", isGas ? "natural_gas" : fuel.name)
    const epaByDensity = home === "US" && epa?.heatPerM3 !== undefined && uk?.density !== undefined
      ? HeatContent.byDensity(epa.heatPerM3, uk.density)
      : undefined
    const anywhere = yield* HeatContent.ofCountry("GLOBAL", fuel.name)
    const by = (properties: HeatContent.Properties | undefined) => HeatContent.inGross(unit, net?.share, properties)
    const choices = [byEdition, by(own), byRows, byIpcc, by(epaByDensity), by(uk), by(anywhere)]
    const found = choices.find((choice) => choice !== undefined)
    const blend = Object.hasOwn(blends, fuel.name) ? blends[fuel.name] : undefined
    if (found === undefined && blend !== undefined && Quantity.dimension(unit.unit) === "volume") {
      return yield* ofBlend(query, blend, year)
    }
    if (found === undefined) return yield* missing(fuel.name, unit.name)
    const { by: published, megajoules } = found
    if (published !== undefined) {
      const { licence, region, shown, source, year } = published
      const name = `heat content of ${fuel.name}`
      yield* Run.cite({
        kind: "factor",
        name,
        ...shown,
        source,
        year,
        region,
        ...Licence.cited({ licence, pack: null })
      })
    }
    const notes = [
      ...(net === undefined ? [] : [net.note]),
      ...(published !== undefined && published.region === "UK" && home !== "UK"
        ? [`heat content of the UK for ${fuel.name}`]
        : [])
    ]
    return {
      mmbtu: megajoules * unit.scale * Quantity.times("MJ", "MMBtu"),
      notes,
      edition: found === byEdition ? byEdition?.edition ?? "" : ""
    }
  }
)

/** Shares by volume of what is blended, as its factor has them. */
const blends: Readonly<Record<string, ReadonlyArray<readonly [fuel: string, share: number]>>> = {
  b20: [["diesel", 0.8], ["biodiesel", 0.2]],
  e85: [["gasoline", 0.15], ["ethanol", 0.85]]
}

const ofBlend = Effect.fnUntraced(function*(
  query: EmissionQuery.Query,
  blend: typeof blends[string],
  year: number | undefined
) {
  const parts = yield* Effect.forEach(blend, ([name, share]) =>
    Effect.gen(function*() {
      const { mmbtu, notes } = yield* inYear({ ...query, fuel: yield* FuelType.find(name) }, year)
      return { mmbtu: mmbtu * share, notes }
    }))
  const mixed: Found = {
    edition: "",
    mmbtu: parts.reduce((sum, { mmbtu }) => sum + mmbtu, 0),
    notes: [
      `heat content of ${
        blend.map(([name, share]) => `${Quantity.round(share * 100, 0)} percent ${name}`).join(" and ")
      }`,
      ...parts.flatMap(({ notes }) => notes)
    ]
  }
  return mixed
})

interface Stated {
  readonly row: FactorRow
  readonly measure: HeatContent.Measure
}

/** The shipped factors of a fuel by the liter, kilogram or kilowatt-hour, the newest first. */
const statedBy = Effect.fnUntraced(function*(region: string, fuel: string) {
  const tables = yield* ReferenceTables
  const rows = (yield* tables.rows(fuelFactors)).filter((row) => row.region === region && row.fuel === fuel)
  return rows.flatMap((row): ReadonlyArray<Stated> => {
    const measure = BillUnit.published(row.unit)
    return measure === undefined || row.pack !== null || row.co2e_ar5 === 0 ? [] : [{ row, measure }]
  }).toSorted((a, b) => b.row.year - a.row.year)
})

const isAlike = (a: HeatContent.Measure, b: HeatContent.Measure) =>
  Quantity.dimension(a.unit) === Quantity.dimension(b.unit)

/** The energy in a unit: its factor over the factor by gross energy of the same edition, where that has one. */
const overEnergy = ({ measure, row }: Stated, stated: ReadonlyArray<Stated>, unit: HeatContent.Measure) => {
  const energy = stated.find((other) =>
    other.row.edition === row.edition && Quantity.dimension(other.measure.unit) === "energy" &&
    other.measure.basis === "gross"
  )
  if (energy === undefined) return undefined
  const gigajoules = row.co2e_ar5 / energy.row.co2e_ar5 * Quantity.times(energy.measure.unit, "GJ")
  const shown = { value: Quantity.round(gigajoules, 6), unit: `GJ/${row.unit} (gross)` }
  const { edition, licence, region, source, source_year: year } = row
  const by: HeatContent.Published = { value: gigajoules, shown, source, year, region, licence }
  return { megajoules: Quantity.times(unit.unit, measure.unit) * gigajoules * 1000, by, edition }
}

/** By the edition that the emission factor of the unit takes. CO2e of biomass is too small a number to divide by. */
const ofEdition = Effect.fnUntraced(function*(
  region: string,
  fuel: string,
  unit: HeatContent.Measure,
  { edition, officialOnly, year }: Omit<Vintage.Wanted, "year"> & { readonly year: number | undefined }
) {
  if (Quantity.dimension(unit.unit) === "energy") return undefined
  const stated = (yield* statedBy(region, fuel)).filter(({ row }) =>
    !row.biogenic && (edition === undefined || row.edition === edition)
  )
  const alike = stated.filter(({ measure }) => isAlike(measure, unit))
  const exact = alike.filter(({ measure }) => measure.unit === unit.unit)
  const rows = (exact.length > 0 ? exact : alike).map(({ row }) => row)
  const wanted = {
    ...(year === undefined ? {} : { year }),
    ...(edition === undefined ? {} : { edition }),
    ...(officialOnly === undefined ? {} : { officialOnly })
  }
  const picked = yield* Vintage.pick(rows, wanted, (row) => row.year)
  const chosen = alike.find(({ row }) => row === picked?.row)
  return chosen && overEnergy(chosen, stated, unit)
})

/**
 * A country that publishes a fuel by the liter or kilogram and by gross energy states the energy in it: one factor over the
 * other, of the newest edition that has both.
 */
const ofRows = Effect.fnUntraced(function*(region: string, fuel: string, unit: HeatContent.Measure) {
  if (Quantity.dimension(unit.unit) === "energy") return undefined
  const stated = yield* statedBy(region, fuel)
  return stated.flatMap((one) => isAlike(one.measure, unit) ? [overEnergy(one, stated, unit)] : [])
    .find((found) => found !== undefined)
})

const energy = (mmbtu: number): Found => ({ mmbtu, notes: [], edition: "" })

/**
 * The IPCC states the emissions of a kilogram or liter and of a gigajoule (net): one over the other is the gigajoules in
 * it.
 */
const ofIpcc = Effect.fnUntraced(function*(fuel: string, unit: HeatContent.Measure) {
  const tables = yield* ReferenceTables
  const net = yield* HeatContent.netShare(fuel)
  const rows = (yield* tables.rows(fuelFactors)).filter((row) => row.region === "GLOBAL" && row.fuel === fuel)
  const perGigajoule = rows.find((row) => row.unit === "GJ_ncv")?.co2
  if (net === undefined || perGigajoule === undefined || perGigajoule === null || perGigajoule === 0) return undefined
  for (const row of rows) {
    const published = BillUnit.published(row.unit)
    if (published === undefined || published.basis === "net" || row.co2 === null) continue
    const ratio = Quantity.ratio(unit.unit, published.unit)
    if (Option.isNone(ratio) || Quantity.dimension(unit.unit) === "energy") continue
    const gigajoules = row.co2 / perGigajoule
    const shown = { value: Quantity.round(gigajoules, 4), unit: `GJ(NCV)/${row.unit}` }
    const { licence, region, source, source_year: year } = row
    const by: HeatContent.Published = { value: gigajoules, shown, source, year, region, licence }
    return { megajoules: ratio.value * gigajoules / net.share * 1000, by }
  }
  return undefined
})

const missing = (fuel: string, unit: string) =>
  Effect.fail(
    new DataError({
      what: "heat content",
      lookedFor: { fuel_type: fuel, unit },
      available: ["units of energy, such as MMBtu, GJ, kWh"]
    })
  )
