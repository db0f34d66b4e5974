/**
 * The published factors that the climate agents look up, read from the database once and kept.
 *
 * Fields have the names of the tables' columns. A number without a value in the publication is `null`.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { DatabaseError, QueryFailed } from "../../database/DatabaseError.ts"
import * as Migrations from "../../database/Migrations.ts"
import type * as Csv from "./Csv.ts"
import * as DataFiles from "./DataFiles.ts"
import { factorEditions } from "./FactorTables.ts"
import * as LoadedTables from "./LoadedTables.ts"
import type { Table } from "./Table.ts"

/** SQLite has no booleans. */
const SqlBoolean = Schema.Union([Schema.Boolean, Schema.BooleanFromBit])

/**
 * Emission factors of one fuel in one region for one unit: kilograms of each gas per `unit`, as `value_unit` says.
 * `scope` is 1. For biogenic fuels `co2` is the biogenic part, which the CO2e columns leave out.
 *
 * @category rows
 */
export class FuelFactor extends Schema.Class<FuelFactor>("FuelFactor")({
  region: Schema.String,
  fuel: Schema.String,
  unit: Schema.String,
  co2: Schema.NullOr(Schema.Finite),
  ch4: Schema.NullOr(Schema.Finite),
  n2o: Schema.NullOr(Schema.Finite),
  co2e_ar5: Schema.Finite,
  co2e_ar6: Schema.Finite,
  value_unit: Schema.String,
  scope: Schema.Int,
  biogenic: SqlBoolean,
  source: Schema.String,
  source_year: Schema.Int,
  note: Schema.NullOr(Schema.String)
}) {}

/**
 * Heat content of one US fuel in mmBtu (HHV) per `native_unit`, CO2 in kilograms and CH4 and N2O in grams per mmBtu.
 *
 * @category rows
 */
export class FuelCombustion extends Schema.Class<FuelCombustion>("FuelCombustion")({
  fuel: Schema.String,
  native_unit: Schema.String,
  heat_content: Schema.Finite,
  heat_content_unit: Schema.String,
  co2: Schema.Finite,
  co2_unit: Schema.String,
  ch4: Schema.Finite,
  ch4_unit: Schema.String,
  n2o: Schema.Finite,
  n2o_unit: Schema.String,
  co2_per_native_unit: Schema.Finite,
  co2_per_native_unit_unit: Schema.String,
  co2e_ar5: Schema.Finite,
  co2e_ar6: Schema.Finite,
  co2e_unit: Schema.String,
  biogenic: SqlBoolean,
  region: Schema.String,
  source: Schema.String,
  source_year: Schema.Int
}) {}

/**
 * Electricity of one eGRID subregion (`CAMX`), US state (`US-CA`) or the nation (`US`): kilograms of CO2e per kWh.
 *
 * @category rows
 */
export class EgridFactor extends Schema.Class<EgridFactor>("EgridFactor")({
  region: Schema.String,
  code: Schema.String,
  level: Schema.Literals(["egrid_subregion", "state", "national"]),
  name: Schema.NullOr(Schema.String),
  factor: Schema.Finite,
  unit: Schema.String,
  factor_lb_mwh: Schema.Finite,
  factor_lb_unit: Schema.String,
  basis: Schema.String,
  gwp_set: Schema.String,
  data_year: Schema.Int,
  source: Schema.String,
  source_year: Schema.Int
}) {}

/**
 * Electricity of one country (`DE`), province (`CA-ON`) or group of countries (`EU`) in one year, in `unit` (kilograms of
 * CO2 or of CO2e per kWh) on one `basis`: direct emissions, or the lifecycle.
 *
 * @category rows
 */
export class RegionGridFactor extends Schema.Class<RegionGridFactor>("RegionGridFactor")({
  region: Schema.String,
  level: Schema.Literals(["country", "province", "aggregate"]),
  year: Schema.Int,
  factor: Schema.Finite,
  unit: Schema.String,
  basis: Schema.String,
  preferred_for_scope2: SqlBoolean,
  source: Schema.String,
  source_year: Schema.Int,
  note: Schema.NullOr(Schema.String)
}) {}

/**
 * One `from_unit` is `factor` times `to_unit`; kinds of temperature offset say so in `to_unit`.
 *
 * @category rows
 */
export class UnitConversion extends Schema.Class<UnitConversion>("UnitConversion")({
  from_unit: Schema.String,
  to_unit: Schema.String,
  factor: Schema.Finite,
  kind: Schema.String,
  unit: Schema.String,
  region: Schema.String,
  source: Schema.String,
  source_year: Schema.Int
}) {}

/**
 * Global warming potentials of one gas or refrigerant: kilograms of CO2e per kilogram, over 100 and 20 years.
 *
 * @category rows
 */
export class GlobalWarmingPotential extends Schema.Class<GlobalWarmingPotential>("GlobalWarmingPotential")({
  gas: Schema.String,
  name: Schema.String,
  composition_mass: Schema.NullOr(Schema.String),
  gwp100_ar4: Schema.NullOr(Schema.Finite),
  gwp100_ar5: Schema.NullOr(Schema.Finite),
  gwp100_ar6: Schema.Finite,
  gwp20_ar6: Schema.Finite,
  unit: Schema.String,
  region: Schema.String,
  source: Schema.String,
  source_year: Schema.Int,
  kind: Schema.Literals(["single gas", "derived"])
}) {}

/**
 * Look-ups in the published tables. Names match exactly, so an alias or another case is the caller's to resolve. Lists
 * that are said to be sorted are so by code unit; rows come in published order. A look-up without a match is `none` or
 * empty, never an error.
 *
 * @category services
 */
export class ReferenceTables extends Context.Service<ReferenceTables, {
  /** Every row of a kind, read once. A read that failed is tried again by the next look-up. */
  readonly rows: <Row>(table: Table<Row>) => Effect.Effect<ReadonlyArray<Row>, DatabaseError>
  /** The factors of `fuel` in `region`, one for each unit. */
  readonly fuelFactors: (
    key: { readonly region: string; readonly fuel: string }
  ) => Effect.Effect<ReadonlyArray<FuelFactor>, DatabaseError>
  readonly fuelFactor: (
    key: { readonly region: string; readonly fuel: string; readonly unit: string }
  ) => Effect.Effect<Option.Option<FuelFactor>, DatabaseError>
  /** The regions that have a factor for `fuel`, sorted. */
  readonly regionsWithFuel: (fuel: string) => Effect.Effect<ReadonlyArray<string>, DatabaseError>
  /** Every fuel with a factor anywhere, sorted. */
  readonly fuels: Effect.Effect<ReadonlyArray<string>, DatabaseError>
  /** EPA names its fuels more finely than the factor table: `distillate_fuel_oil_no2`, not `diesel`. */
  readonly fuelCombustion: (fuel: string) => Effect.Effect<Option.Option<FuelCombustion>, DatabaseError>
  readonly fuelCombustions: Effect.Effect<ReadonlyArray<FuelCombustion>, DatabaseError>
  /** `code` is an eGRID subregion, a state as `US-CA`, or `US`. */
  readonly egridFactor: (code: string) => Effect.Effect<Option.Option<EgridFactor>, DatabaseError>
  readonly egridFactors: Effect.Effect<ReadonlyArray<EgridFactor>, DatabaseError>
  /** Every basis and year of `region`. */
  readonly gridFactors: (region: string) => Effect.Effect<ReadonlyArray<RegionGridFactor>, DatabaseError>
  /** The countries with a grid factor, sorted; neither provinces nor groups of countries. */
  readonly countries: Effect.Effect<ReadonlyArray<string>, DatabaseError>
  readonly unitConversion: (
    key: { readonly from: string; readonly to: string }
  ) => Effect.Effect<Option.Option<UnitConversion>, DatabaseError>
  readonly unitConversions: Effect.Effect<ReadonlyArray<UnitConversion>, DatabaseError>
  readonly globalWarmingPotential: (gas: string) => Effect.Effect<Option.Option<GlobalWarmingPotential>, DatabaseError>
  readonly globalWarmingPotentials: Effect.Effect<ReadonlyArray<GlobalWarmingPotential>, DatabaseError>
}>()("greenlang/climate/tables/ReferenceTables") {
  /**
   * Makes and fills the tables where they are missing. Reads a table from the database when it is first asked for. A read
   * that failed is tried again by the next look-up.
   */
  static readonly layer: Layer.Layer<ReferenceTables, DatabaseError, SqlClient.SqlClient> = Layer.effect(
    ReferenceTables,
    Effect.gen(function*() {
      yield* Migrations.run(migrations)
      const sql = yield* SqlClient.SqlClient
      const files = yield* once(DataFiles.list)
      const rawRows = yield* perKind((kind) =>
        Effect.flatMap(
          files,
          (files) =>
            Effect.forEach(files.filter((file) => file.kind === kind), (file) =>
              LoadedTables.rows(file).pipe(
                Effect.provideService(SqlClient.SqlClient, sql),
                Effect.mapError((cause) => cause instanceof DatabaseError ? cause : unreadable(file.file, cause))
              ))
        )
      )
      const licences = Effect.map(
        rawRows(factorEditions.kind),
        (files) => new Map(files.flat().map((row) => [row["edition"], row["licence"]]))
      )
      const fuelFactors = yield* table("fuel_factors_by_unit", FuelFactor)
      const fuelCombustions = yield* table("fuel_combustion_epa", FuelCombustion)
      const egridFactors = yield* table("grid_us_egrid2023", EgridFactor)
      const gridFactors = yield* table("grid_by_country", RegionGridFactor)
      const unitConversions = yield* table("unit_conversions", UnitConversion)
      const globalWarmingPotentials = yield* table("gwp", GlobalWarmingPotential)
      return {
        rows: yield* perTable((table) =>
          Effect.gen(function*() {
            const known = yield* licences
            const rows = (yield* rawRows(table.kind)).flat()
            const complete = rows.map((row) => ({
              licence: known.get(row["edition"] ?? null) ?? null,
              ...row,
              pack: null
            }))
            return yield* decode(table, complete)
          })
        ),
        fuelFactors: ({ fuel, region }) => filter(fuelFactors, (row) => row.region === region && row.fuel === fuel),
        fuelFactor: ({ fuel, region, unit }) =>
          find(fuelFactors, (row) => row.region === region && row.fuel === fuel && row.unit === unit),
        regionsWithFuel: (fuel) =>
          Effect.map(fuelFactors, (rows) => distinct(rows.filter((row) => row.fuel === fuel), (row) => row.region)),
        fuels: Effect.map(fuelFactors, (rows) => distinct(rows, (row) => row.fuel)),
        fuelCombustion: (fuel) => find(fuelCombustions, (row) => row.fuel === fuel),
        fuelCombustions,
        egridFactor: (code) => find(egridFactors, (row) => row.code === code),
        egridFactors,
        gridFactors: (region) => filter(gridFactors, (row) => row.region === region),
        countries: Effect.map(
          gridFactors,
          (rows) => distinct(rows.filter((row) => row.level === "country"), (row) => row.region)
        ),
        unitConversion: ({ from, to }) => find(unitConversions, (row) => row.from_unit === from && row.to_unit === to),
        unitConversions,
        globalWarmingPotential: (gas) => find(globalWarmingPotentials, (row) => row.gas === gas),
        globalWarmingPotentials
      }
    })
  )
}

/** The published tables are imported only where they have to be written. */
const migrations: ReadonlyArray<Migrations.Migration> = [{
  name: "reference_tables",
  migrate: Effect.flatMap(Effect.promise(() => import("./CreateReferenceTables.ts")), ({ migration }) => migration)
}]

type Rows<A> = Effect.Effect<ReadonlyArray<A>, DatabaseError>

/** The table as a value that is read once. */
const table = Effect.fnUntraced(function*<A, I>(name: string, row: Schema.Codec<A, I>) {
  const sql = yield* SqlClient.SqlClient
  const decode = Schema.decodeUnknownEffect(Schema.Array(row))
  const rows = sql`SELECT * FROM ${sql(name)} ORDER BY line`.pipe(
    Effect.flatMap(decode),
    Effect.mapError((cause) => new DatabaseError({ reason: new QueryFailed({ operation: `reading ${name}`, cause }) }))
  )
  return yield* Effect.cachedWithTTL(rows, (exit) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero)
})

const filter = <A>(rows: Rows<A>, predicate: (row: A) => boolean) => Effect.map(rows, (rows) => rows.filter(predicate))

const find = <A>(rows: Rows<A>, predicate: (row: A) => boolean) =>
  Effect.map(rows, (rows) => Option.fromUndefinedOr(rows.find(predicate)))

const distinct = <A>(rows: ReadonlyArray<A>, by: (row: A) => string): ReadonlyArray<string> =>
  Array.from(new Set(rows.map(by))).toSorted()

/**
 * Reads rows as those of `table`. Fails with `DatabaseError` where a cell is not what its column says.
 *
 * @category reading
 */
export const decode = <Row>(table: Table<Row>, rows: ReadonlyArray<Csv.Row>) =>
  Effect.mapError(
    Schema.decodeEffect(Schema.Array(table.row))(rows),
    (cause) => unreadable(table.kind, cause)
  )

const unreadable = (what: string, cause: unknown) =>
  new DatabaseError({ reason: new QueryFailed({ operation: `reading ${what}`, cause }) })

/** Runs once and keeps a success; a failure is tried again. */
const once = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.cachedWithTTL(effect, (exit) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero)

const perKind = <A, E>(read: (kind: string) => Effect.Effect<A, E>) => memoized(read)

/** Remembers the rows of each table that was asked for. */
export const perTable = (read: <Row>(table: Table<Row>) => Effect.Effect<ReadonlyArray<Row>, DatabaseError>) =>
  Effect.map(
    memoized(read as (table: Table<unknown>) => Effect.Effect<ReadonlyArray<unknown>, DatabaseError>),
    (rows) =>
      // a table remembers rows of its own type
      rows as typeof read
  )

const memoized = <K, A, E>(read: (key: K) => Effect.Effect<A, E>) =>
  Effect.sync(() => {
    const kept = new Map<K, Effect.Effect<A, E>>()
    return (key: K): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const known = kept.get(key)
        if (known !== undefined) return known
        return Effect.flatMap(once(read(key)), (cached) => {
          const first = kept.get(key) ?? cached
          kept.set(key, first)
          return first
        })
      })
  })
