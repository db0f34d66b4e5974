/**
 * Opens the configured database for three owners of tables, as one process of several, and prints the migrations by name.
 */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { fuelFactors } from "greenlang/climate/tables/FactorTables"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator"
import * as StepCacheSql from "greenlang/pipeline/StepCacheSql"

const Owners = Layer.mergeAll(ReferenceTables.layer, History.layer(), StepCacheSql.layer)

const program = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* ReferenceTables
  const rows = yield* tables.rows(fuelFactors)
  const migrations = yield* sql<{ name: string }>`SELECT name FROM greenlang_migrations ORDER BY name`
  return `${migrations.map(({ name }) => name.replace(/ [0-9a-f]{12}$/, "")).join()} ${rows.length}`
}).pipe(Effect.provide(Layer.provideMerge(Owners, Database.layerConfig)))

process.stdout.write(await Effect.runPromise(program))
