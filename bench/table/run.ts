/**
 * Work that waits, one after another, by hand and in agents: `npm run bench:table`.
 *
 * The service is a process of its own and the database a PostgreSQL that is started for it. Each row and way runs in a process of its
 * own, and the ways take turns. Writes `bench/results/table.jsonl` and the page of both comparisons. With names of rows, it
 * measures these and writes nothing.
 */
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "greenlang/database/Database"
import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { Postgres } from "../../test/support/Postgres.ts"
import { writeResults } from "../page/page.ts"
import { strategyTable } from "../page/strategy.ts"
import { rows, type Way, ways } from "./rows.ts"

const rounds = 3
const here = import.meta.dirname

const services = fork(join(here, "../support/services.ts"), { execArgv: [] })
const [port] = await once(services, "message")

/** What is open at the service and the database beside the connection that asks. */
const openConnections = Effect.fnUntraced(function*() {
  const answer = yield* Effect.promise(() =>
    fetch(`http://127.0.0.1:${port}/open`, { headers: { connection: "close" } }).then((response) => response.text())
  )
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`
  return Number(answer) + row!.count
})

const measure = Effect.fnUntraced(function*(row: string, way: string, url: string) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => fork(join(here, "measure.ts"), [row, way, String(port), url], { execArgv: [] })),
    (child) => Effect.sync(() => child.kill())
  )
  const measured = yield* Effect.callback<Omit<Way, "connections">>((resume) => {
    child.once("message", (message: Omit<Way, "connections">) => resume(Effect.succeed(message)))
    child.once("exit", (code) => resume(Effect.die(new Error(`"${row}" ended with ${code}, ${way}`))))
  })
  // the other end hears of a close a little later
  yield* Effect.sleep("300 millis")
  const connections = yield* openConnections()
  child.send("end")
  yield* Effect.promise(() => once(child, "exit"))
  return { ...measured, connections }
}, Effect.scoped)

const wanted = process.argv.slice(2)
const names = Object.keys(rows).filter((name) => wanted.length === 0 || wanted.includes(name))

const compare = Effect.gen(function*() {
  const database = yield* (yield* Postgres).makeDatabase
  const counting = yield* Layer.build(Database.layerPostgres({ url: database, maxConnections: 1 }))
  const measured: Array<Way> = []
  for (const row of names) {
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < ways.length; turn++) {
        const way = ways[(turn + round) % ways.length]!
        measured.push(yield* Effect.provide(measure(row, way, Redacted.value(database)), counting))
      }
    }
  }
  return measured
})

const measured = await Effect.runPromise(compare.pipe(Effect.scoped, Effect.provide(Postgres.layer)))
services.kill()
console.log(strategyTable(measured).join("\n"))
// a part of the rows is for a look, and leaves the page as it is
if (names.length === Object.keys(rows).length) await writeResults("table", measured, {})
