/**
 * The migrations of the runtime's own tables, oldest first.
 *
 * To add one: write `migrations/<What>.ts` with an effect named `migration` that says in SQL what SQLite and PostgreSQL
 * both understand, and add the next number below. A released migration is never changed: databases out there have run it.
 */
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import type * as SqlClient from "effect/sql/SqlClient"
import { DatabaseError, MigrationFailed } from "../DatabaseError.ts"

const migrations = Migrator.fromRecord({
  "0001_reference_tables": load(() => import("../../climate/tables/CreateReferenceTables.ts")),
  "0002_run_history": load(() => import("./CreateRunHistory.ts")),
  "0003_llm_cache": load(() => import("./CreateLlmCache.ts")),
  "0004_answer_cache": load(() => import("./RenameLlmCache.ts"))
})

/**
 * Runs the migrations that this database has not seen, all in one transaction. When several clients start at once, one
 * runs them and the others wait for it.
 *
 * @category running
 */
export const run: Effect.Effect<void, DatabaseError, SqlClient.SqlClient> = Migrator.make({})({
  loader: migrations,
  table: "greenlang_migrations"
}).pipe(
  Effect.mapError((cause) => new DatabaseError({ reason: new MigrationFailed({ cause }) })),
  Effect.asVoid
)

/** Imports the migration only where it has to run. */
function load<E>(
  module: () => Promise<{ readonly migration: Effect.Effect<void, E, SqlClient.SqlClient> }>
): Effect.Effect<void, E, SqlClient.SqlClient> {
  return Effect.flatMap(Effect.promise(module), ({ migration }) => migration)
}
