/**
 * What can be asked for: countries, their parts, editions and fuels.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tool from "../agent/Tool.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import * as Country from "./Country.ts"
import * as FuelType from "./FuelType.ts"
import * as Strict from "./Strict.ts"
import { egridFactors, epaFuels, factorEditions, fuelFactors, gridFactors } from "./tables/FactorTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

const distinct = (names: ReadonlyArray<string>): ReadonlyArray<string> => Array.from(new Set(names)).toSorted()

/** @category tools */
export const listCountries = Tool.make("list_countries", {
  description: "Every country with a factor of grid electricity, and the parts of countries with one of their own",
  input: Strict.struct({}),
  output: Schema.Struct({
    countries: Schema.Array(Schema.String),
    egrid_subregions: Schema.Array(Schema.String),
    us_states: Schema.Array(Schema.String),
    provinces_and_states: Schema.Array(Schema.String).annotate({ description: "of Canada and Australia" })
  }),
  error: DatabaseError,
  execute: Effect.fnUntraced(function*() {
    const tables = yield* ReferenceTables
    const egrid = yield* tables.rows(egridFactors)
    const grids = yield* tables.rows(gridFactors)
    const codes = (level: string) => distinct(egrid.flatMap((row) => row.level === level ? [row.code] : []))
    const regions = (isWanted: (level: string) => boolean) =>
      distinct(grids.flatMap((row) => isWanted(row.level) ? [row.region] : []))
    return {
      countries: regions((level) => level === "country"),
      egrid_subregions: codes("egrid_subregion"),
      us_states: codes("state"),
      provinces_and_states: regions((level) => level === "province" || level === "state")
    }
  })
})

/** @category tools */
export const listEditions = Tool.make("list_editions", {
  description: "Every edition of the published tables: publisher, span, status and licence",
  input: Strict.struct({
    country: Schema.optionalKey(
      Country.Known.pipe(Schema.annotate({ description: "country whose editions are listed. Default: all" }))
    )
  }),
  output: Schema.Struct({
    editions: Schema.Array(Schema.Struct({
      edition: Schema.String,
      publisher: Schema.String,
      region: Schema.String,
      year: Schema.Int,
      status: Schema.String,
      licence: Schema.NullOr(Schema.String)
    }))
  }),
  error: DatabaseError,
  execute: Effect.fnUntraced(function*({ country }) {
    const tables = yield* ReferenceTables
    const rows = yield* tables.rows(factorEditions)
    const code = country === undefined ? undefined : Country.code(country)
    const isWanted = (region: string) =>
      code === undefined || region === code || (region === "EU27" && Country.euMembers.has(code))
    const editions = rows.filter((row) => isWanted(row.region)).map((row) => ({
      edition: row.edition,
      publisher: row.publisher,
      region: row.region,
      year: row.year,
      status: row.status,
      licence: row.licence
    }))
    return { editions }
  })
})

/** @category tools */
export const listFuels = Tool.make("list_fuels", {
  description: "Every fuel with an emission factor, anywhere or in one country; electricity has factors by grid",
  input: Strict.struct({
    country: Schema.optionalKey(
      Country.Known.pipe(Schema.annotate({
        description: "country, or GLOBAL for the IPCC's defaults. Default: anywhere"
      }))
    )
  }),
  output: Schema.Struct({ fuels: Schema.Array(Schema.String) }),
  error: DatabaseError,
  execute: Effect.fnUntraced(function*({ country }) {
    const tables = yield* ReferenceTables
    const rows = yield* tables.rows(fuelFactors)
    const epa = (yield* tables.rows(epaFuels)).map((row) => row.fuel)
    const isGlobal = country?.trim().toUpperCase() === "GLOBAL"
    const region = country === undefined || isGlobal ? country && "GLOBAL" : Country.home(Country.code(country))
    const fuels = rows.filter((row) =>
      region === undefined || row.region === region || row.region.startsWith(`${region}-`)
    )
    return {
      fuels: distinct([
        ...fuels.map((row) => row.fuel),
        ...(region === undefined || region === "US" ? epa : [])
      ]).filter((fuel) => FuelType.kind(fuel) === "combustion")
    }
  })
})

/** @category tools */
export const tools = [listCountries, listFuels, listEditions] as const
