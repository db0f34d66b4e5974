/**
 * Opens the configured database, as one process of several, and prints what it finds.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "greenlang/database/Database"

const program = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const migrations = yield* sql<{ name: string }>`SELECT name FROM greenlang_migrations ORDER BY migration_id`
  const rows = yield* sql`SELECT line FROM fuel_factors_by_unit`
  return `${migrations.map(({ name }) => name).join()} ${rows.length}`
}).pipe(Effect.provide(Database.layerConfig))

process.stdout.write(await Effect.runPromise(program))
