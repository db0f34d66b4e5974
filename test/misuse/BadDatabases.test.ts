/**
 * Databases that cannot be used: read-only, full, damaged, with rows that cannot be read. Where one is opened, the failure has a
 * type and names the file. Beside a run it is an event, and the run answers. Locked and silent ones are in
 * `test/orchestrator/SilentDatabase.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Schema, Scope, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Agent, LlmAgent, Pipeline, Step } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import * as Conversation from "greenlang/llm/Conversation"
import { History, Orchestrator, type OrchestratorEvent } from "greenlang/orchestrator"
import * as StepCacheSql from "greenlang/pipeline/StepCacheSql"
import { ScriptedLlm } from "greenlang/testing"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as CommandLine from "../support/CommandLine.ts"
import { settled } from "./modules/settled.ts"

const schemas = { version: "1.0.0", input: Schema.String, output: Schema.String }
const Echo = Agent.make("Echo", { ...schemas, execute: (text) => Effect.succeed(text) })
const Kept = Pipeline.make(
  "Kept",
  schemas,
  (text) =>
    Step.make("kept", [text], (text) => Effect.succeed(text), { output: Schema.String }).pipe(
      Step.cached({ timeToLive: "1 hour" })
    )
)
const Asks = LlmAgent.make("Asks", { version: "1.0.0", input: Schema.String, instructions: "Answer." })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "bad-database-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

const catalog = Catalog.make([Catalog.entry("Echo", Effect.succeed(Echo), Layer.empty)])

/** All that keeps tables of its own, in one database. */
const owners = (filename: string) =>
  Orchestrator.layer({ agents: [Echo, Kept] }).pipe(
    Layer.provideMerge(Layer.mergeAll(History.layer(), StepCacheSql.layer, Conversation.layer)),
    Layer.provideMerge(Database.layerSqlite({ filename, busyTimeout: "50 millis" }))
  )

/** A file in which a run, an answer of a step and a conversation are kept. */
const used = Effect.gen(function*() {
  const filename = join(yield* folder, "runs.db")
  yield* Effect.gen(function*() {
    const { run } = yield* Orchestrator
    yield* run("Echo", "x".repeat(50_000))
    yield* Kept.run("y".repeat(50_000))
    yield* Asks.run("hi").pipe(Conversation.within("a"), Effect.provide(ScriptedLlm.layer("z".repeat(50_000))))
    yield* (yield* SqlClient.SqlClient)`PRAGMA wal_checkpoint(TRUNCATE)`
  }).pipe(Effect.provide(owners(filename), { local: true }))
  return filename
})

const bytesOver = (filename: string, from: number, byte: number, count?: number) => {
  const bytes = readFileSync(filename)
  bytes.fill(byte, from, count === undefined ? bytes.length : from + count)
  writeFileSync(filename, bytes)
}

/** What becomes of a file while it is closed. */
const whileClosed: Readonly<Record<string, (filename: string) => void>> = {
  "whose first page is damaged": (file) => bytesOver(file, 0, 0x5a, 4_096),
  "whose first letter is damaged": (file) => bytesOver(file, 0, 0x5a, 1),
  "whose size of a page is nonsense": (file) => bytesOver(file, 16, 3, 2),
  "of a format that is to come": (file) => bytesOver(file, 19, 9, 1),
  "of a schema that is to come": (file) => bytesOver(file, 47, 99, 1),
  "whose list of tables is damaged": (file) => bytesOver(file, 100, 0xff, 200),
  "whose pages are damaged, but for the first": (file) => bytesOver(file, 4_096, 0xff),
  "whose pages are empty, but for the first": (file) => bytesOver(file, 4_096, 0),
  "that ends in its first page": (file) => truncateSync(file, 1_000),
  "that ends behind its first page": (file) => truncateSync(file, 4_096),
  "that ends in the middle": (file) => truncateSync(file, 4_096 * 5 + 17),
  "that is a text": (file) => writeFileSync(file, "no database ".repeat(1_000)),
  "that is JSON": (file) => writeFileSync(file, "{}".repeat(1_000)),
  "that may only be read": (file) => bytesOver(file, 18, 3, 1),
  "that is a folder": (file) => {
    rmSync(file)
    mkdirSync(file)
  }
}

const sql = (run: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(SqlClient.SqlClient, run)

/** What becomes of a database that is open. */
const whileOpen: Readonly<Record<string, Effect.Effect<unknown, unknown, SqlClient.SqlClient>>> = {
  "may only be read": sql((sql) => sql`PRAGMA query_only = ON`),
  "is full": sql((sql) => sql`PRAGMA max_page_count = 1`),
  "has lost its tables": sql((sql) =>
    Effect.gen(function*() {
      const tables = yield* sql<{ readonly name: string }>`
        SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
      for (const { name } of tables) yield* sql.unsafe(`DROP TABLE ${name}`)
    })
  ),
  "has tables of other columns": sql((sql) =>
    Effect.gen(function*() {
      for (const name of ["run_history", "answer_cache", "conversations"]) {
        yield* sql.unsafe(`DROP TABLE ${name}`)
        yield* sql.unsafe(`CREATE TABLE ${name} (other TEXT)`)
      }
    })
  ),
  "has rows of nonsense": sql((sql) =>
    Effect.gen(function*() {
      yield* sql`UPDATE answer_cache SET answer = x'ff00ff'`
      yield* sql`UPDATE conversations SET value = x'ff00ff'`
    })
  ),
  "has rows of a million letters": sql((sql) =>
    Effect.gen(function*() {
      yield* sql`UPDATE answer_cache SET answer = ${"[".repeat(1_000_000)}`
      yield* sql`UPDATE conversations SET value = ${"[".repeat(1_000_000)}`
    })
  ),
  "refuses every row": sql((sql) =>
    Effect.gen(function*() {
      for (const name of ["run_history", "answer_cache", "conversations"]) {
        for (const change of ["INSERT", "UPDATE"]) {
          yield* sql.unsafe(
            `CREATE TRIGGER no_${name}_${change} BEFORE ${change} ON ${name} BEGIN SELECT RAISE(ABORT, 'refused'); END`
          )
        }
      }
    })
  ),
  "is closed": sql((sql) =>
    sql`PRAGMA journal_mode = DELETE`.pipe(Effect.andThen(sql`PRAGMA locking_mode = EXCLUSIVE`))
  )
}

describe("a database file", () => {
  for (const [what, spoil] of Object.entries(whileClosed)) {
    it.live(`${what} fails with a type and by its name, or serves`, () =>
      Effect.gen(function*() {
        const filename = yield* used
        spoil(filename)
        const scope = yield* Scope.make()
        const opened = yield* Effect.result(Layer.buildWithScope(Layer.fresh(owners(filename)), scope))
        if (opened._tag === "Failure") {
          assert.strictEqual(opened.failure._tag, "DatabaseError")
          assert.match(opened.failure.message, /bad-database-.*runs\.db|migrating the database failed: .{10}/)
        } else {
          const context = opened.success
          const run = Context.get(context, Orchestrator).run("Echo", "x".repeat(20_000))
          assert.strictEqual(yield* settled(run), "answered")
          assert.strictEqual(yield* settled(Effect.provide(Kept.run("y".repeat(50_000)), context)), "answered")
          assert.match(yield* settled(Context.get(context, History).list()), /^(?:answered|DatabaseError)$/)
        }
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([]))))

    it.live(`${what} is beside the run of a command, which answers, and in the way of its history, which says so`, () =>
      Effect.gen(function*() {
        const filename = yield* used
        spoil(filename)
        const env = { GREENLANG_DATABASE: filename }
        const run = yield* CommandLine.run(["run", "Echo", `"hi"`], { catalog, env })
        assert.strictEqual(run.code, 0, run.stderr)
        assert.include(run.stdout, "hi")
        const { code, stderr } = yield* CommandLine.run(["history"], { env })
        if (code !== 0) assert.match(stderr, /runs\.db|database|history/i)
        assert.notMatch(run.stderr + stderr, /\n\s+at .*\.[jt]s:\d+/)
      }).pipe(Effect.scoped))
  }
})

describe("a database that", () => {
  for (const [what, spoil] of Object.entries(whileOpen)) {
    it.live(`${what} while a run is under way leaves the run its answer`, () =>
      Effect.gen(function*() {
        const filename = yield* used
        yield* Effect.gen(function*() {
          const { events, run } = yield* Orchestrator
          const seen: Array<OrchestratorEvent["_tag"]> = []
          yield* Effect.forkChild(
            Stream.runForEach(events, ({ _tag }) => Effect.sync(() => seen.push(_tag))),
            { startImmediately: true }
          )
          yield* spoil
          const long = "x".repeat(50_000)
          assert.strictEqual((yield* run("Echo", long)).value, long)
          assert.strictEqual((yield* run("Kept", "y".repeat(50_000))).value, "y".repeat(50_000))
          const isSpoilt = !/closed|rows of/.test(what)
          yield* Effect.yieldNow
          assert.strictEqual(seen.includes("NotRecorded"), isSpoilt)
          assert.match(yield* settled((yield* History).list()), /^(?:answered|DatabaseError)$/)
          const talk = Asks.run("hi").pipe(Conversation.within("a"), Effect.provide(ScriptedLlm.layer(long)))
          assert.strictEqual(yield* settled(talk), what === "is closed" ? "answered" : "ConversationNotKept")
        }).pipe(Effect.provide(owners(filename), { local: true }))
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([]))))
  }
})
