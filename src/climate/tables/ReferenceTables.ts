/**
 * The published numbers that the climate agents look up: every shipped file, and data packs in front of it.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { egridFactors } from "greenlang/climate/tables/FactorTables"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 * import * as Database from "greenlang/database/Database"
 *
 * const program = Effect.gen(function*() {
 *   const tables = yield* ReferenceTables
 *   const rows = yield* tables.rows(egridFactors)
 *   return rows.find((row) => row.code === "CAMX" && row.data_year === 2023)?.factor
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Layer.provide(ReferenceTables.layer, Database.layerMemory))) // => 0.19504
 * ```
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { DatabaseError, QueryFailed } from "../../database/DatabaseError.ts"
import type * as Csv from "./Csv.ts"
import * as DataFiles from "./DataFiles.ts"
import { factorEditions } from "./FactorTables.ts"
import * as LoadedTables from "./LoadedTables.ts"
import type { Table } from "./Table.ts"

/**
 * Rows of the published tables. Rows of data packs come first, then those of the shipped files in published order.
 *
 * @category services
 */
export class ReferenceTables extends Context.Service<ReferenceTables, {
  /** Every row of a kind, read once. A read that failed is tried again by the next look-up. */
  readonly rows: <Row>(table: Table<Row>) => Effect.Effect<ReadonlyArray<Row>, DatabaseError>
}>()("greenlang/climate/tables/ReferenceTables") {
  /** The shipped tables, kept in the database. A kind is loaded when it is first asked for. */
  static readonly layer: Layer.Layer<ReferenceTables, never, SqlClient.SqlClient> = Layer.effect(
    ReferenceTables,
    Effect.gen(function*() {
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
      return ReferenceTables.of({
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
        )
      })
    })
  )
}

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
