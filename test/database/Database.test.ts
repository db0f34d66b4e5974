import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "greenlang/database/Database"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as NodeFlags from "../support/NodeFlags.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "greenlang-database-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

const open = (settings: Record<string, string>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ file: string }>`SELECT file FROM pragma_database_list`).pipe(
    Effect.map(([row]) => row?.file),
    Effect.provide(Database.layerConfig, { local: true }),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(settings))
  )

describe("Database", () => {
  it.effect("opens the configured file, else one in the user's data folder", () =>
    Effect.gen(function*() {
      const folder = yield* temporaryFolder
      const at = (...path: ReadonlyArray<string>) => join(folder, ...path)
      const home = { HOME: at("home") }
      const data = { ...home, XDG_DATA_HOME: at("data") }
      assert.strictEqual(yield* open({ ...data, GREENLANG_DATABASE: at("my.db") }), at("my.db"))
      assert.strictEqual(yield* open(data), at("data", "greenlang", "greenlang.db"))
      assert.strictEqual(yield* open(home), at("home", ".local", "share", "greenlang", "greenlang.db"))
      assert.strictEqual(yield* open({ GREENLANG_DATABASE: ":memory:" }), "")
      assert.isFalse(existsSync(at("data", "my.db")))
    }))

  it.effect("makes no file in the working directory: without a home folder it names the settings instead", () =>
    Effect.gen(function*() {
      for (const settings of [{}, { HOME: "" }, { HOME: "home" }, { XDG_DATA_HOME: "data" }]) {
        const error = yield* Effect.flip(open(settings))
        assert.strictEqual(error._tag === "DatabaseError" ? error.reason._tag : error._tag, "NoDataFolder")
        assert.include(error.message, "GREENLANG_DATABASE")
      }
      for (const folder of ["greenlang", "home", "data"]) assert.isFalse(existsSync(folder))
    }))

  it.effect("keeps a file that an earlier version made below the profile of a Windows user", () =>
    Effect.gen(function*() {
      const folder = yield* temporaryFolder
      const file = join(folder, ".local", "share", "greenlang", "greenlang.db")
      assert.strictEqual(yield* open({ GREENLANG_DATABASE: file }), file)
      assert.strictEqual(yield* open({ USERPROFILE: folder }), file)
    }))

  it.effect("takes DATABASE_URL before a file", () =>
    Effect.gen(function*() {
      const settings = { DATABASE_URL: "mysql://someone:hunter2@nowhere/db", GREENLANG_DATABASE: ":memory:" }
      const error = yield* Layer.build(Database.layerConfig).pipe(
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(settings)),
        Effect.flip
      )
      assert.strictEqual(error._tag === "DatabaseError" ? error.reason._tag : error._tag, "InvalidUrl")
    }))

  it.live("loads no driver and no data before a layer is built", () =>
    Effect.gen(function*() {
      const script = `
        import { registerHooks } from "node:module"
        const loaded = []
        registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
        await import("greenlang/database/Database")
        console.log(loaded.filter((url) => /node:sqlite|sql-pg|Sqlite|Postgres|database.data/.test(url)).join())`
      const { stdout } = yield* Effect.promise(() =>
        promisify(execFile)(process.execPath, [...NodeFlags.forChild, "--input-type=module", "-e", script])
      )
      assert.strictEqual(stdout.trim(), "")
    }))
})
