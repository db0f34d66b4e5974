/**
 * Where the runtime keeps its tables: a SQLite file by default, PostgreSQL by configuration. Each layer provides the
 * `SqlClient` of `effect/sql`, and loads its driver when it is built. What keeps tables there makes them: see `Migrations`.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as SqlClient from "effect/sql/SqlClient"
import { DatabaseError, DriverNotInstalled } from "./DatabaseError.ts"
import type * as Postgres from "./Postgres.ts"
import type * as Sqlite from "./Sqlite.ts"

/**
 * A SQLite file on this machine, created when missing, also its folder. Several processes may open the same one.
 *
 * @category layers
 */
export const layerSqlite = (options: Sqlite.Options): Layer.Layer<SqlClient.SqlClient, DatabaseError> =>
  Layer.unwrap(Effect.map(Effect.promise(() => import("./Sqlite.ts")), ({ layer }) => layer(options)))

/**
 * A SQLite database in memory, gone when the layer's scope closes.
 *
 * @category layers
 */
export const layerMemory: Layer.Layer<SqlClient.SqlClient, DatabaseError> = layerSqlite({ filename: ":memory:" })

/**
 * A PostgreSQL database, shared by any number of machines. Its tables are made in the first schema of the search path.
 * Needs the package `@effect/sql-pg`, an optional peer dependency: fails with `DriverNotInstalled` without it.
 *
 * @category layers
 */
export const layerPostgres = (options: Postgres.Options): Layer.Layer<SqlClient.SqlClient, DatabaseError> =>
  Layer.unwrap(Effect.map(loadPostgres, ({ layer }) => layer(options)))

const loadPostgres = Effect.tryPromise({
  try: () => import("./Postgres.ts"),
  catch: (cause) => new DatabaseError({ reason: new DriverNotInstalled({ name: "@effect/sql-pg", cause }) })
})

/**
 * Which database: PostgreSQL at `url`, or a SQLite file.
 *
 * @category models
 */
export type Location =
  | { readonly _tag: "PostgreSQL"; readonly url: Redacted.Redacted }
  | { readonly _tag: "SQLite"; readonly filename: string }

/**
 * The database that the environment names: PostgreSQL at `DATABASE_URL` when it is set; else the SQLite file `GREENLANG_DATABASE` (`:memory:` for none); else
 * `greenlang/greenlang.db` in the user's data folder, by the convention of the platform (`UserDirectories` of
 * `effect/persistence`): an absolute `XDG_DATA_HOME`, or `~/.local/share`, `~/Library/Application Support` on macOS,
 * `%APPDATA%` on Windows. A file that exists in `~/.local/share` is used there. Fails with a `DatabaseError` when the
 * environment names no such folder.
 *
 * @category configuration
 */
export const configured: Effect.Effect<Location, Config.ConfigError | DatabaseError> = Effect.gen(function*() {
  const url = yield* Config.option(Config.Redacted("DATABASE_URL"))
  if (Option.isSome(url) && Redacted.value(url.value) !== "") return { _tag: "PostgreSQL", url: url.value }
  return { _tag: "SQLite", filename: yield* filename }
})

/**
 * The database at `location`.
 *
 * @category layers
 */
export const layer = (location: Location): Layer.Layer<SqlClient.SqlClient, DatabaseError> =>
  location._tag === "PostgreSQL" ? layerPostgres({ url: location.url }) : layerSqlite({ filename: location.filename })

/**
 * The database that the environment names: see `configured`.
 *
 * @category layers
 */
export const layerConfig: Layer.Layer<SqlClient.SqlClient, Config.ConfigError | DatabaseError> = Layer.unwrap(
  Effect.map(configured, layer)
)

const filename = Effect.gen(function*() {
  const stated = yield* Config.option(Config.NonEmptyString("GREENLANG_DATABASE"))
  if (Option.isSome(stated)) return stated.value
  const DataFile = yield* Effect.promise(() => import("./internal/DataFile.ts"))
  return yield* DataFile.path
})
