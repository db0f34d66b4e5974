import { assert, layer } from "@effect/vitest"
import { Cause, Effect, Fiber, Layer, Logger, Redacted, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { warmingPotentials } from "greenlang/climate/tables/FactorTables"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import { DatabaseError } from "greenlang/database/DatabaseError"
import { execFile } from "node:child_process"
import { createServer } from "node:net"
import { join } from "node:path"
import { inspect, promisify } from "node:util"
import * as NodeFlags from "../support/NodeFlags.ts"
import { Postgres } from "../support/Postgres.ts"
import { suite } from "./suite.ts"

const sockets = () => process.getActiveResourcesInfo().filter((resource) => resource === "TCPSocketWrap").length

/** Listens, takes connections and never says a word. */
const silentServer = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const open = new Set<{ destroy: () => void }>()
    const server = createServer((socket) => open.add(socket)).listen(0, "127.0.0.1", () => {
      const address = server.address()
      const close = () => {
        open.forEach((socket) => socket.destroy())
        server.close()
      }
      resume(Effect.succeed({ port: typeof address === "object" ? address?.port ?? 0 : 0, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

layer(Postgres.layer, { excludeTestServices: true })("PostgreSQL", (it) => {
  it.layer(Layer.provideMerge(ReferenceTables.layer, Postgres.layerDatabase))((it) => {
    suite(it, { streamsApart: true })

    it.effect("cancels an interrupted query at the server", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const running = sql`SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(600)'`
        const until = (sleeping: boolean) =>
          Effect.repeat(running, {
            until: (rows) => rows.length > 0 === sleeping,
            schedule: Schedule.spaced("5 millis")
          })
        const fiber = yield* Effect.forkChild(sql`SELECT pg_sleep(600)`)
        yield* until(true)
        yield* Fiber.interrupt(fiber)
        yield* until(false)
      }))
  })

  it.effect("lets several layers open a fresh database at once", () =>
    Effect.gen(function*() {
      const { makeDatabase } = yield* Postgres
      const url = yield* makeDatabase
      const open = Effect.flatMap(ReferenceTables, (tables) => tables.rows(warmingPotentials)).pipe(
        Effect.provide(
          Layer.provideMerge(
            ReferenceTables.layer,
            Database.layerPostgres({ url, maxConnections: 2, connectTimeout: "2 minutes" })
          ),
          {
            local: true
          }
        )
      )
      const found = yield* Effect.all(Array.from({ length: 6 }, () => open), { concurrency: "unbounded" })
      assert.deepStrictEqual(found.map((rows) => rows.length), Array.from({ length: 6 }, () => 46))
    }))

  it.effect("lets several processes open a fresh database at once", () =>
    Effect.gen(function*() {
      const { makeDatabase } = yield* Postgres
      const url = yield* makeDatabase
      const open = Effect.promise(() =>
        promisify(execFile)(
          process.execPath,
          [...NodeFlags.forChild, join(import.meta.dirname, "opener.ts")],
          { env: NodeFlags.environment({ DATABASE_URL: Redacted.value(url) }) }
        )
      )
      const found = yield* Effect.all(Array.from({ length: 4 }, () => open), { concurrency: "unbounded" })
      assert.deepStrictEqual(
        found.map(({ stdout }) => stdout),
        Array.from({ length: 4 }, () =>
          "answer_cache,llm_cache,reference factor_editions,reference fuel_factors_by_unit,run_history,run_history_agent 360")
      )
    }))

  it.effect("opens no more than maxConnections and closes them all", () =>
    Effect.gen(function*() {
      const { makeDatabase } = yield* Postgres
      const url = yield* makeDatabase
      const before = sockets()
      yield* Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        yield* Effect.all(Array.from({ length: 20 }, () => sql`SELECT pg_sleep(0.01)`), { concurrency: "unbounded" })
        const [row] = yield* sql<{ n: number }>`
          SELECT count(*)::int AS n FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'greenlang'`
        assert.strictEqual(row?.n, 3)
      }).pipe(Effect.provide(Database.layerPostgres({ url, maxConnections: 3, connectTimeout: "2 minutes" })))
      yield* Effect.repeat(Effect.sync(sockets), {
        until: (now) => now <= before,
        schedule: Schedule.spaced("5 millis")
      })
    }))

  it.effect("fails within the connect timeout when the server is silent", () =>
    Effect.gen(function*() {
      const { port } = yield* silentServer
      const url = Redacted.make(`postgresql://someone:hunter2@127.0.0.1:${port}/somewhere`)
      const error = yield* Effect.flip(Layer.build(Database.layerPostgres({ url, connectTimeout: "50 millis" })))
      assert.strictEqual(error.reason._tag, "ServerNotReachable")
      assert.include(error.message, `127.0.0.1:${port}/somewhere`)
      assert.include(error.message, "timed out")
    }))

  it.effect.each([
    { tag: "ServerNotReachable", change: (url: URL) => url.port = "1" },
    { tag: "ServerNotReachable", change: (url: URL) => url.hostname = "nowhere.invalid" },
    { tag: "ServerNotReachable", change: (url: URL) => url.pathname = "/missing" },
    { tag: "AccessDenied", change: (url: URL) => url.password += "-wrong" },
    { tag: "InvalidUrl", change: (url: URL) => url.href = url.href.replace("postgresql", "mysql") },
    { tag: "ServerNotReachable", change: (url: URL) => url.searchParams.set("sslmode", "nonsense") }
  ])("fails with $tag and without the password, case %#", ({ change, tag }) =>
    Effect.gen(function*() {
      const { makeDatabase } = yield* Postgres
      const url = new URL(Redacted.value(yield* makeDatabase))
      change(url)
      const logged: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ cause, message }) => void logged.push(message, cause))])
      const failing = Layer.build(Database.layerPostgres({ url: Redacted.make(url.href) }))
      const exit = yield* failing.pipe(
        Effect.tapCause((cause) => Effect.logError("no database", cause)),
        Effect.exit,
        Effect.provide(logger)
      )
      if (exit._tag === "Success") return assert.fail("it opened")
      const error = Cause.squash(exit.cause)
      assert.instanceOf(error, DatabaseError)
      if (!(error instanceof DatabaseError)) return
      assert.strictEqual(error.reason._tag, tag)
      const encoded = yield* Schema.encodeEffect(Schema.fromJsonString(DatabaseError))(error)
      const seen = [error.message, error.stack, encoded, Cause.pretty(exit.cause)]
        .concat([error, exit, logged].map((value) => inspect(value, { depth: Infinity, showHidden: true })))
        .join("\n")
      assert.notInclude(seen, url.password)
    }))

  it.effect("does not repeat a URL that cannot be read", () =>
    Effect.gen(function*() {
      const url = Redacted.make("postgresql://someone:hunter2@[nowhere/db")
      const error = yield* Effect.flip(Layer.build(Database.layerPostgres({ url })))
      assert.strictEqual(error.reason._tag, "InvalidUrl")
      assert.notInclude(inspect(error, { depth: Infinity, showHidden: true }) + error.stack, "hunter2")
    }))
})
