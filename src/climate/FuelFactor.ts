/**
 * The published emission factor of a fuel that is burnt, by country and unit.
 *
 * In this order, the first that has a row or one that converts: the part of the country (province), the country; in the US
 * EPA's Table 1; the European Union for its members; the defaults of the IPCC; in the US EPA's Table 1 by the density of
 * the UK. A fuel without a row on this way takes that of its kin, which IPCC gives the same factor. No other country ever
 * stands in, except with `allowFallback`, which is noted.
 */
import * as Effect from "effect/Effect"
import * as BillUnit from "./BillUnit.ts"
import { DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import type * as FuelType from "./FuelType.ts"
import * as HeatContent from "./HeatContent.ts"
import * as NearestNames from "./NearestNames.ts"
import * as Quantity from "./Quantity.ts"
import { epaFuels, fuelFactors } from "./tables/FactorTables.ts"
import * as Index from "./tables/Index.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import type { Row } from "./tables/Table.ts"
import * as Vintage from "./Vintage.ts"
import * as Warming from "./Warming.ts"

/**
 * What is looked up. `country` is a code of the tables, `part` one of its parts.
 *
 * @category models
 */
export interface Wanted extends Pick<Vintage.Wanted, "edition" | "officialOnly"> {
  readonly fuel: FuelType.Fuel
  readonly unit: BillUnit.BillUnit
  readonly country: string
  readonly part: string | undefined
  readonly year: number | undefined
  readonly gwpSet: Warming.GwpSet
  readonly allowFallback: boolean
}

/**
 * A factor for one `unit` of what was wanted, in kilograms, and where it is from. `used` is the set of warming potentials
 * behind `factor`; `by` is what a conversion rests on.
 *
 * @category models
 */
export interface Found {
  readonly factor: number
  readonly co2?: number
  readonly ch4?: number
  readonly n2o?: number
  readonly biogenic_co2?: number
  readonly region: string
  readonly source: string
  readonly source_year: number | undefined
  readonly data_year: number | undefined
  readonly edition: string
  readonly licence: string | null
  readonly confidence: string | null
  readonly pack: string | null
  readonly used: Warming.GwpSet | undefined
  readonly notes: ReadonlyArray<string>
  readonly by: ReadonlyArray<HeatContent.Published>
}

type FactorRow = Omit<Row<typeof fuelFactors>, "scope" | "value_unit" | "where_read">

/** Where rows are looked for, with what they may convert by. */
interface Source {
  readonly rows: ReadonlyArray<FactorRow>
  readonly properties: ReadonlyArray<HeatContent.Properties | undefined>
}

/**
 * Fails with `DataError`, which lists what is available, where nothing is published, and with `ValidationError` where the
 * unit does not measure the fuel.
 *
 * @category running
 */
export const find = Effect.fnUntraced(function*(wanted: Wanted) {
  const own = yield* search(wanted)
  if (own !== undefined) return own
  const kin = kinship[wanted.fuel.name]
  if (kin !== undefined) {
    const found = yield* search({ ...wanted, fuel: { ...wanted.fuel, name: kin } })
    const note = `${wanted.fuel.name} has no row here: that of ${kin} is used, which IPCC gives the same factor`
    if (found !== undefined) return { ...found, notes: [note, ...found.notes] }
  }
  return yield* missing(wanted)
})

const kinship: Readonly<Record<string, string>> = {
  gas_oil: "fuel_oil",
  diesel_mineral: "diesel",
  gasoline_mineral: "gasoline",
  coal_coke: "coke_oven_coke",
  wood_chips: "biomass_wood"
}

const search = Effect.fnUntraced(function*(wanted: Wanted) {
  yield* checkUnit(wanted)
  for (const source of yield* sources(asSold(wanted))) {
    const rows = wanted.edition === undefined
      ? source.rows
      : source.rows.filter((row) => row.edition === wanted.edition)
    const closest = yield* closestRow(wanted, rows, source.properties)
    if (closest !== undefined) return yield* fromRow(wanted, closest)
  }
  return undefined
})

/** By the cubic foot or meter, compressed and liquefied gas is natural gas, and propane in the US is EPA's vapour. */
const asSold = (wanted: Wanted): Wanted => {
  const { fuel, unit } = wanted
  if (!isGasUnit(unit.unit)) return wanted
  if (fuel.state === "compressed") return { ...wanted, fuel: { ...fuel, name: "natural_gas" } }
  return fuel.name === "propane" ? { ...wanted, fuel: { ...fuel, epaRow: "propane_gas" } } : wanted
}

const sources = Effect.fnUntraced(function*({ allowFallback, country, fuel, part, unit }: Wanted) {
  const tables = yield* ReferenceTables
  const all = Index.find(yield* tables.rows(fuelFactors), Index.byFuel, fuel.name)
  const of = (region: string) => all.filter((row) => row.region === region)
  const home = Country.home(country)
  const epa = yield* HeatContent.ofUs(fuel)
  const own = home === "US" ? epa : yield* HeatContent.ofCountry(home, fuel.name)
  const [eu, uk] = [yield* HeatContent.ofCountry("EU", fuel.name), yield* HeatContent.ofCountry("UK", fuel.name)]
  const table1 = fuel.epaRow === undefined
    ? []
    : Index.find(yield* tables.rows(epaFuels), Index.byFuel, fuel.epaRow).map(fromTable1)
  const isVapour = fuel.name === "propane" && isGasUnit(unit.unit)
  const usRows: ReadonlyArray<Source> = [
    ...(isVapour ? [] : [{ rows: of("US"), properties: [epa] }]),
    { rows: table1, properties: [epa] }
  ]
  const ipcc: Source = { rows: of("GLOBAL"), properties: [own, Country.euMembers.has(home) ? eu : undefined, uk] }
  const usByUkDensity: Source = {
    rows: table1,
    properties: epa?.heatPerM3 === undefined || uk?.density === undefined
      ? []
      : [HeatContent.byDensity(epa.heatPerM3, uk.density)]
  }
  if (!Country.isKnown(country) && of(country).length === 0) {
    return allowFallback ? [ipcc, ...usRows] : []
  }
  return [
    ...(part === undefined ? [] : [{ rows: of(part), properties: [own] }]),
    ...(home === "US" ? usRows : [{ rows: of(home), properties: [own] }]),
    ...(Country.euMembers.has(home) ? [{ rows: of("EU"), properties: [own, eu] }] : []),
    ipcc,
    ...(home === "US" ? [usByUkDensity] : allowFallback ? usRows : [])
  ]
})

/** A row of EPA's Table 1, whose gases are in grams, as one by the mmBtu. */
const fromTable1 = (row: Row<typeof epaFuels>): FactorRow => ({
  region: row.region,
  fuel: row.fuel,
  unit: "mmBtu",
  co2: row.co2,
  ch4: row.ch4 / 1000,
  n2o: row.n2o / 1000,
  co2e_ar5: row.co2e_ar5,
  co2e_ar6: row.co2e_ar6,
  biogenic: row.biogenic,
  biogenic_co2: row.biogenic ? row.co2 : null,
  source: row.source,
  source_year: row.source_year,
  year: row.source_year,
  edition: row.edition,
  status: "official",
  note: null,
  confidence: row.confidence,
  licence: row.licence,
  pack: row.pack
})

interface Closest {
  readonly picked: Vintage.Picked<FactorRow>
  readonly conversion: HeatContent.Conversion
}

/** The row that takes the least assumption: its own unit, another of the same dimension, by heat, by density. */
const closestRow = Effect.fnUntraced(function*(
  wanted: Wanted,
  rows: ReadonlyArray<FactorRow>,
  properties: Source["properties"]
) {
  const candidates = Array.from(Map.groupBy(rows, (row) => row.unit), ([name, rows]) => {
    const measure = BillUnit.published(name)
    return measure === undefined ? [] : [{ rows, measure, rank: rank(wanted.unit, measure) }]
  }).flat().toSorted((a, b) => a.rank - b.rank)
  for (const { measure, rows } of candidates) {
    for (const known of properties.length === 0 ? [undefined] : properties) {
      const conversion = yield* HeatContent.convert(wanted.fuel, wanted.unit, measure, known)
      if (conversion === undefined) continue
      const { year, ...rest } = wanted
      const picked = yield* Vintage.pick(rows, year === undefined ? rest : { ...rest, year }, (row) => row.year)
      if (picked === undefined) break
      const closest: Closest = { picked, conversion }
      return closest
    }
  }
  return undefined
})

const rank = (wanted: HeatContent.Measure, row: HeatContent.Measure): number => {
  const isEnergy = Quantity.dimension(row.unit) === "energy"
  if (Quantity.dimension(wanted.unit) === Quantity.dimension(row.unit)) {
    if (isEnergy && wanted.basis !== row.basis) return 2
    return wanted.unit === row.unit ? 0 : 1
  }
  return isEnergy ? row.basis === "gross" ? 3 : 4 : 5
}

const fromRow = Effect.fnUntraced(function*(wanted: Wanted, { conversion, picked }: Closest) {
  const { row } = picked
  const ratio = conversion.ratio * wanted.unit.scale
  const rebased = yield* Warming.rebase(row, wanted.gwpSet)
  const gases = row.co2 !== null && row.ch4 !== null && row.n2o !== null
    ? { ...(row.biogenic ? {} : { co2: row.co2 * ratio }), ch4: row.ch4 * ratio, n2o: row.n2o * ratio }
    : {}
  const biogenic = row.biogenic_co2 ?? (row.biogenic ? row.co2 : null)
  const isUk = conversion.by.some(({ region }) => region === "UK") && Country.home(wanted.country) !== "UK"
  const found: Found = {
    factor: rebased.factor * ratio,
    ...gases,
    ...(biogenic === null ? {} : { biogenic_co2: biogenic * ratio }),
    region: row.region,
    source: row.source,
    source_year: row.source_year,
    data_year: picked.year,
    edition: row.edition,
    licence: row.licence,
    confidence: row.confidence,
    pack: row.pack,
    used: rebased.factor === 0 && row.co2 === 0 ? undefined : rebased.used,
    by: conversion.by,
    notes: [
      standsIn(wanted, row),
      picked.note,
      rebased.note,
      ...conversion.notes,
      isUk
        ? `${wanted.country} publishes no heat content or density of ${wanted.fuel.name}: that of the UK is used`
        : undefined,
      row.note ?? undefined
    ].filter((note) => note !== undefined)
  }
  return found
})

const standsIn = (
  { country, part }: Wanted,
  { edition, region }: { readonly edition: string; readonly region: string }
): string | undefined => {
  if (region === country || region === part) {
    return region === "CA" && part === undefined ? "no province is given: gas takes the row of Ontario" : undefined
  }
  if (region === "GLOBAL") {
    return country === "WORLD"
      ? undefined
      : `${country} has no factor of its own for this fuel and unit: the ${
        edition.startsWith("IPCC") ? "IPCC default" : "worldwide one"
      } is used`
  }
  if (region === "EU" || (part !== undefined && region === country)) return undefined
  return Country.home(country) === region
    ? `${country} takes the rows of ${region}`
    : `${country} has no factor for this fuel and unit: that of ${region} stands in, as allowed`
}

const gasUnits: ReadonlyArray<Quantity.Unit> = ["scf", "ccf", "mcf", "mmcf", "m3", "Nm3"]
const cubicFeet: ReadonlyArray<Quantity.Unit> = ["scf", "ccf", "mcf", "mmcf"]
const liquidUnits: ReadonlyArray<Quantity.Unit> = ["gallon", "imperial_gallon", "liter", "barrel", "m3"]
const massAndEnergy: ReadonlyArray<Quantity.Unit> = Quantity.units.filter((unit) =>
  Quantity.dimension(unit) !== "volume" && unit !== "ton_hour"
)

/** A unit of gas: cubic feet and meters. @category reading */
export const isGasUnit = (unit: Quantity.Unit) => gasUnits.includes(unit)

/**
 * The units that measure a fuel. Gases and liquids never mix; propane, butane and LPG by the cubic meter could be vapour or
 * liquid.
 *
 * @category reading
 */
export const unitsOf = Effect.fnUntraced(function*(fuel: FuelType.Fuel, country: string) {
  switch (fuel.state) {
    case "gas":
      return [...gasUnits, ...massAndEnergy]
    case "liquid":
      return [...liquidUnits, ...massAndEnergy]
    case "solid":
      return massAndEnergy
    case "liquefied": {
      const vapour = fuel.name === "propane" && Country.home(country) === "US" ? cubicFeet : []
      return [...liquidUnits.filter((unit) => unit !== "m3"), ...vapour, ...massAndEnergy]
    }
    case "compressed": {
      const tables = yield* ReferenceTables
      const rows = (yield* tables.rows(fuelFactors)).filter((row) =>
        row.fuel === fuel.name && row.region === Country.home(country)
      )
      const isSoldAsLiquid = rows.some((row) => row.unit === "liter" || row.unit === "gallon")
      const liquid = isSoldAsLiquid ? liquidUnits.filter((unit) => unit !== "m3") : []
      return [...gasUnits, ...liquid, ...massAndEnergy]
    }
  }
})

const checkUnit = Effect.fnUntraced(function*({ country, fuel, unit }: Wanted) {
  const units = yield* unitsOf(fuel, country)
  if (units.includes(unit.unit)) return
  return yield* new ValidationError({
    issues: [{
      path: "unit",
      message: `${unit.name} does not measure ${fuel.name}`,
      expected: `one of ${units.join(", ")}`
    }]
  })
})

const missing = Effect.fnUntraced(function*(wanted: Wanted) {
  const { country, edition, fuel, unit } = wanted
  const tables = yield* ReferenceTables
  const rows = (yield* tables.rows(fuelFactors)).filter((row) => row.fuel === fuel.name)
  const found = (yield* sources(wanted)).flatMap(({ rows }) => rows)
  if (edition !== undefined && found.length > 0) {
    return yield* new DataError({
      lookedFor: { fuel_type: fuel.name, country, edition },
      ...Vintage.missingEdition("emission factor", { ...wanted, edition }, found)
    })
  }
  if (found.length > 0) {
    return yield* new DataError({
      what: "heat content or density that converts the unit",
      lookedFor: { fuel_type: fuel.name, country, unit: unit.name },
      available: Array.from(new Set(found.map((row) => row.unit)))
    })
  }
  const regions = rows.map((row) => row.region === "GLOBAL" ? "GLOBAL, with allowFallback" : row.region)
  return yield* new DataError({
    what: "emission factor",
    lookedFor: { fuel_type: fuel.name, country },
    ...(Country.isKnown(country)
      ? NearestNames.find(country, fuel.epaRow === undefined ? regions : ["US", ...regions])
      : NearestNames.find(country, Country.names))
  })
})
