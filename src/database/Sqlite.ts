/**
 * A SqlClient over `node:sqlite`, Node's own driver. It answers synchronously: a slow query stops the event loop.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection, Row } from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import { DatabaseError, FileNotUsable, SqliteNotFound } from "./DatabaseError.ts"
import * as Folder from "./internal/Folder.ts"
import * as Settings from "./internal/Settings.ts"

/**
 * `filename` is created when missing, and so is its folder. `:memory:` is a database that ends with the client.
 * `busyTimeout` is how long a statement waits for the lock of another client. Default: 5 seconds.
 * `survives` is what a commit survives: `power` waits for the disk at each commit; `process` does not, survives `kill -9`, and may
 * lose the last commits with the power. Default: `power`.
 *
 * @category models
 */
export interface Options {
  readonly filename: string
  readonly busyTimeout?: Duration.Input
  readonly survives?: "power" | "process" | undefined
}

/**
 * Opens the file in WAL mode with foreign keys on. Transactions begin IMMEDIATE: they take the write lock first, so none
 * fails halfway for want of it. A client has one connection, which a transaction holds until it ends. A stream reads on a
 * connection of its own, except in memory, where it holds the only one.
 *
 * Parameters: `undefined` is NULL, a boolean 1 or 0, a `Date` its milliseconds since 1970. Other objects than bytes fail.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<SqlClient.SqlClient, DatabaseError, Scope.Scope | Reactivity.Reactivity> {
  yield* Settings.ofType("options", options, "object")
  yield* Settings.ofType("filename", options.filename, "string")
  const patience = yield* Settings.duration("busyTimeout", options.busyTimeout ?? "5 seconds")
  const inMemory = options.filename === ":memory:"
  const driver = yield* loadDriver
  if (!inMemory) yield* makeFolder(options.filename)

  const open = Effect.acquireRelease(
    Effect.try({ try: () => new driver.DatabaseSync(options.filename, { timeout: 0 }), catch: failure("open") }),
    (database) => Effect.sync(() => database.close())
  ).pipe(
    Effect.tap((database) => {
      const set = (pragma: string) => attempt("open", () => database.exec(`PRAGMA ${pragma}`), patience)
      const synchronous = options.survives === "process" ? "NORMAL" : "FULL"
      return Effect.andThen(
        set("foreign_keys = ON"),
        inMemory ? Effect.void : Effect.andThen(set("journal_mode = WAL"), set(`synchronous = ${synchronous}`))
      )
    })
  )
  const database = yield* Effect.mapError(
    open,
    (cause) => new DatabaseError({ reason: new FileNotUsable({ filename: options.filename, cause }) })
  )
  const acquirers = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(makeConnection(database, patience)),
    semaphore: yield* Semaphore.make(1),
    isTransaction: () => database.isTransaction
  })
  return yield* SqlClient.make({
    ...acquirers,
    acquirer: inMemory ? acquirers.acquirer : Effect.map(open, (database) => makeConnection(database, patience)),
    compiler: Statement.makeCompilerSqlite(),
    driver: "node:sqlite",
    beginTransaction: "BEGIN IMMEDIATE",
    prepareTransactionControls: true,
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    spanAttributes: [["db.system.name", "sqlite"]]
  })
})

/**
 * A `SqlClient` over the file.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, DatabaseError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

const loadDriver = Effect.tryPromise({
  try: () => import("node:sqlite"),
  catch: () => new DatabaseError({ reason: new SqliteNotFound({ node: process.versions.node }) })
})

/** Only its owner may look into a folder made here: runs hold what users asked. */
const makeFolder = (filename: string) =>
  Effect.tryPromise({
    try: async () => {
      const { dirname } = await import("node:path")
      await Folder.make(dirname(filename), Folder.ofOwner)
    },
    catch: (cause) => new DatabaseError({ reason: new FileNotUsable({ filename, cause }) })
  })

const makeConnection = (database: DatabaseSync, patience: Duration.Duration): Connection => {
  const cache = new Map<string, StatementSync>()
  const prepare = (sql: string) => {
    const cached = cache.get(sql)
    if (cached !== undefined) return cached
    const statement = database.prepare(sql)
    const oldest = cache.size < 256 ? undefined : cache.keys().next().value
    if (oldest !== undefined) cache.delete(oldest)
    cache.set(sql, statement)
    return statement
  }

  /** Rows, or what the statement changed where it has no rows. */
  const run = (statement: StatementSync, params: ReadonlyArray<unknown>) =>
    statement.columns().length > 0 ? statement.all(...params.map(toInput)) : statement.run(...params.map(toInput))

  const execute = (sql: string, params: ReadonlyArray<unknown>, shape: "objects" | "arrays", cached: boolean) =>
    Effect.withFiber((fiber) => {
      const safeIntegers = Context.get(fiber.context, SqlClient.SafeIntegers)
      return attempt("execute", () => {
        const statement = cached ? prepare(sql) : database.prepare(sql)
        statement.setReadBigInts(safeIntegers)
        statement.setReturnArrays(shape === "arrays")
        return run(statement, params)
      }, patience)
    })
  const objects = (sql: string, params: ReadonlyArray<unknown>, cached: boolean) =>
    Effect.map(execute(sql, params, "objects", cached), (result) => Array.isArray(result) ? result : [])
  // `setReturnArrays` makes a row an array, which the driver's types do not know
  const arrays = (sql: string, params: ReadonlyArray<unknown>, cached: boolean) =>
    Effect.map(
      execute(sql, params, "arrays", cached),
      (result) => (Array.isArray(result) ? result : []) as unknown as ReadonlyArray<ReadonlyArray<unknown>>
    )

  return {
    execute: (sql, params, transform) => Effect.map(objects(sql, params, true), transform ?? identity),
    executeUnprepared: (sql, params, transform) => Effect.map(objects(sql, params, false), transform ?? identity),
    executeRaw: (sql, params) => execute(sql, params, "objects", true),
    executeValues: (sql, params) => arrays(sql, params, true),
    executeValuesUnprepared: (sql, params) => arrays(sql, params, false),
    executeStream: (sql, params, transform) => {
      const iterate = Effect.withFiber((fiber) =>
        attempt("stream", () => {
          const statement = database.prepare(sql)
          statement.setReadBigInts(Context.get(fiber.context, SqlClient.SafeIntegers))
          return statement.iterate(...params.map(toInput))
        }, patience)
      )
      const page = (iterator: Iterator<Row>) => () => {
        const rows: Array<Row> = []
        while (rows.length < 128) {
          const next = iterator.next()
          if (next.done === true) return [transform?.(rows) ?? rows, Option.none()] as const
          rows.push(next.value)
        }
        return [transform?.(rows) ?? rows, Option.some(undefined)] as const
      }
      return Effect.acquireRelease(iterate, (iterator) => Effect.sync(() => iterator.return?.())).pipe(
        Effect.map((iterator) =>
          Stream.paginate(undefined, () => Effect.try({ try: page(iterator), catch: failure("stream") }))
        ),
        Stream.unwrap
      )
    }
  }
}

const toInput = (param: unknown): SQLInputValue => {
  switch (typeof param) {
    case "string":
    case "number":
    case "bigint":
      return param
    case "boolean":
      return param ? 1 : 0
    case "undefined":
      return null
  }
  if (param === null) return null
  if (param instanceof Date) return param.getTime()
  if (param instanceof Uint8Array) return param
  // the driver would take an object for named parameters, and bind NULL
  throw new TypeError(`SQLite has no type for a parameter such as ${String(param)}`)
}

/** Runs `f`; while another client holds the lock, tries again for as long as `patience`, and the event loop goes on. */
const attempt = <A>(operation: string, f: () => A, patience: Duration.Duration): Effect.Effect<A, SqlError> => {
  const once = Effect.try({ try: f, catch: failure(operation) })
  const again = Effect.retry(once, {
    while: isBusy,
    schedule: Schedule.spaced("5 millis").pipe(Schedule.upTo({ duration: patience }))
  })
  // another process lets go of its lock in real time, whatever clock this program runs by
  return Effect.catchIf(once, isBusy, () => Effect.provideService(again, Clock.Clock, Clock.Clock.defaultValue()))
}

/** SQLITE_BUSY and SQLITE_BUSY_RECOVERY. Waiting does not help against the other codes that classify as a lock. */
const isBusy = (error: SqlError) =>
  Predicate.hasProperty(error.reason.cause, "errno") &&
  (error.reason.cause.errno === 5 || error.reason.cause.errno === 261)

/** The driver calls `errcode` what the classification reads as `errno`. */
const failure = (operation: string) => (cause: unknown) => {
  if (Predicate.hasProperty(cause, "errcode")) Object.assign(cause, { errno: cause.errcode })
  const message = `could not ${operation}: ${cause instanceof Error ? cause.message : String(cause)}`
  return new SqlError({ reason: classifySqliteError(cause, { message, operation }) })
}
