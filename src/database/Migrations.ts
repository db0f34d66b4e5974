/**
 * How the tables of an owner come into a database. The owner lists its migrations, and its layer runs them: whatever
 * opens the same database next runs those that are new.
 *
 * 1. A migration is known by its name, which is unique in a database. Its number is the order in which it ran there.
 * 2. A released migration never changes and never goes: databases have run it. What is new is a new one, at the end.
 * 3. The SQL is such that SQLite and PostgreSQL both understand it.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Deadline from "../internal/Deadline.ts"
import { DatabaseError, MigrationFailed, NoAnswer, QueryFailed } from "./DatabaseError.ts"
import * as Settings from "./internal/Settings.ts"

/**
 * One change of the tables of its owner, as `{ name: "run_history", migrate: createTable }`.
 *
 * @category models
 */
export interface Migration {
  readonly name: string
  readonly migrate: Effect.Effect<unknown, unknown, SqlClient.SqlClient>
}

/**
 * Runs those of `migrations`, oldest first, that this database has not run, all in one transaction. When several clients
 * start at once, one runs them while the others wait. Writes nothing where all have run.
 *
 * Fails with `MigrationFailed` where one fails: none of them has run then. Fails with `QueryFailed` where the database
 * cannot be read or written, and with `NoAnswer` once `timeout` has passed. Default: 30 seconds.
 *
 * @category running
 */
export const run = Effect.fn("Migrations.run")(
  function*(
    migrations: ReadonlyArray<Migration>,
    options?: { readonly timeout?: Duration.Input }
  ): Effect.fn.Return<void, SqlError | DatabaseError, SqlClient.SqlClient> {
    const limit = yield* Settings.duration("timeout of the migrations", options?.timeout ?? "30 seconds")
    const late = () => new DatabaseError({ reason: new NoAnswer({ operation: migrating, limit }) })
    yield* Deadline.beside(runAll(migrations), limit, late)
  },
  Effect.mapError((cause) =>
    cause._tag === "DatabaseError"
      ? cause
      : new DatabaseError({ reason: new QueryFailed({ operation: migrating, cause }) })
  )
)

const migrating = "migrating the database"

const runAll = Effect.fnUntraced(
  function*(
    migrations: ReadonlyArray<Migration>
  ): Effect.fn.Return<void, SqlError | DatabaseError, SqlClient.SqlClient> {
    const sql = yield* SqlClient.SqlClient
    if ((yield* missing(migrations)).length === 0) return
    yield* sql.withTransaction(Effect.gen(function*() {
      yield* lock
      for (const { migrate, name } of yield* missing(migrations)) {
        const failed = (cause: unknown) =>
          new DatabaseError({ reason: new MigrationFailed({ migration: name, cause }) })
        yield* migrate.pipe(Effect.mapError(failed), Effect.catchDefect((defect) => Effect.fail(failed(defect))))
        yield* sql`INSERT INTO greenlang_migrations (migration_id, name)
          VALUES ((SELECT COALESCE(MAX(migration_id), 0) + 1 FROM greenlang_migrations), ${name})`
      }
    }))
  }
)

/** Makes the table of migrations where it is missing. Until the transaction ends, others wait here. */
const lock = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql.onDialectOrElse({
    pg: () =>
      Effect.andThen(
        sql`SELECT pg_advisory_xact_lock(hashtext('greenlang_migrations'))`,
        sql`CREATE TABLE IF NOT EXISTS greenlang_migrations (
          migration_id INTEGER PRIMARY KEY,
          created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
          name TEXT NOT NULL
        )`
      ),
    // a transaction of SQLite begins with the lock
    orElse: () =>
      sql`CREATE TABLE IF NOT EXISTS greenlang_migrations (
        migration_id INTEGER PRIMARY KEY NOT NULL,
        created_at DATETIME NOT NULL DEFAULT current_timestamp,
        name VARCHAR(255) NOT NULL
      )`
  }))

const missing = Effect.fnUntraced(function*(migrations: ReadonlyArray<Migration>) {
  const sql = yield* SqlClient.SqlClient
  const [table] = yield* sql.onDialectOrElse({
    pg: () => sql`SELECT 1 WHERE to_regclass('greenlang_migrations') IS NOT NULL`,
    orElse: () => sql`SELECT 1 FROM sqlite_master WHERE name = 'greenlang_migrations'`
  })
  if (table === undefined) return migrations
  const rows = yield* sql<{ readonly name: string }>`SELECT name FROM greenlang_migrations`
  const done = new Set(rows.map(({ name }) => name))
  return migrations.filter(({ name }) => !done.has(name))
})
