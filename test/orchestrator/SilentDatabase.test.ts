/**
 * Runs whose database does not answer: a PostgreSQL that is stopped by SIGSTOP, a SQLite file that another process locks.
 *
 * Time is counted in tenths of a second by the event loop of the runs, which a busy machine slows as it slows them.
 */
import { assert, layer, type Vitest } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Logger, Schema, Scope, Stream } from "effect"
import type { SqlClient } from "effect/sql"
import { Agent, Pipeline, Step } from "greenlang"
import * as Database from "greenlang/database/Database"
import { History, Orchestrator, type OrchestratorEvent } from "greenlang/orchestrator"
import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PausablePostgres } from "../support/Postgres.ts"

const tenths = Effect.acquireRelease(
  Effect.sync(() => {
    const ticks = { count: 0, timer: setInterval(() => ticks.count++, 100) }
    return ticks
  }),
  ({ timer }) => Effect.sync(() => clearInterval(timer))
)

/** An orchestrator over `database`, which has written a run before anything is silent. */
const open = Effect.fnUntraced(function*(database: Layer.Layer<SqlClient.SqlClient, unknown>) {
  const ticks = yield* tenths
  const schemas = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
  // both answer with the time at which they end
  const Now = Agent.make("Now", { ...schemas, execute: () => Effect.sync(() => ticks.count) })
  const Steps = Pipeline.make("Steps", schemas, (n) => Step.make("now", [n], () => Effect.sync(() => ticks.count)))
  const Sleep = Agent.make("Sleep", { ...schemas, execute: (ms) => Effect.as(Effect.sleep(ms), ms) })

  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(
    Layer.provideMerge(Orchestrator.layer({ agents: [Now, Steps, Sleep] }), Layer.provide(History.layer(), database)),
    scope
  )
  const { events, run } = Context.get(context, Orchestrator)
  const history = Context.get(context, History)
  const seen: Array<OrchestratorEvent["_tag"]> = []
  const read = Stream.runForEach(events, ({ _tag }) => Effect.sync(() => seen.push(_tag)))
  const reading = yield* Effect.forkDetach(read, { startImmediately: true })
  yield* run("Now", 0)
  assert.lengthOf(yield* history.list(), 1)

  /** How long `self` takes, in tenths of a second. */
  const timed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const began = ticks.count
      return Effect.map(self, (value) => ({ value, took: ticks.count - began }))
    })
  /** How long after its own end each of `count` runs answered, in tenths of a second. */
  const late = (count: number) =>
    Effect.forEach(
      Array.from({ length: count }),
      (_, at) => Effect.map(run(at % 2 === 0 ? "Now" : "Steps", at), ({ value }) => ticks.count - Number(value)),
      { concurrency: "unbounded" }
    )
  /** How many runs were not recorded, once the events have ended. */
  const notRecorded = Effect.map(Fiber.join(reading), () => seen.filter((tag) => tag === "NotRecorded").length)
  return { run, history, timed, late, notRecorded, close: timed(Scope.close(scope, Exit.void)) }
})

type Opened = Effect.Success<ReturnType<typeof open>>

const print = (what: string, late: ReadonlyArray<number>, closing: number) =>
  Effect.sync(() =>
    process.stdout.write(
      `${what}: ${late.length} runs answered at most ${Math.max(...late) / 10} s after their own end, `
        + `closing took ${closing / 10} s\n`
    )
  )

/** What holds for any database. `silence` makes it silent until the scope closes, `speak` lets it answer again. */
const suite = <R>(
  it: Vitest.MethodsNonLive<R>,
  what: string,
  make: Effect.Effect<
    Opened & { readonly silence: Effect.Effect<void>; readonly speak: Effect.Effect<void> },
    unknown,
    Scope.Scope | R
  >
) => {
  it.effect(
    "holds no run for 2 seconds, nor closing for 5, and makes every run a NotRecorded event",
    () =>
      Effect.gen(function*() {
        const { close, late, notRecorded, silence } = yield* make
        yield* silence
        const waits = yield* late(100)
        assert.isAtMost(Math.max(...waits), 20)
        const { took } = yield* close
        assert.isAtMost(took, 50)
        assert.strictEqual(yield* notRecorded, 100)
        yield* print(what, waits, took)
      }).pipe(Effect.provide(Logger.layer([])))
  )

  it.effect(
    "does not hold runs that time out, are interrupted, or are alive when the orchestrator closes",
    () =>
      Effect.gen(function*() {
        const { close, notRecorded, run, silence, timed } = yield* make
        yield* silence
        const late = yield* timed(Effect.flip(run("Sleep", 60_000, { timeout: "300 millis" })))
        assert.strictEqual(late.value._tag, "RunFailed")
        assert.isAtMost(late.took, 23)
        const fiber = yield* Effect.forkChild(run("Sleep", 60_000), { startImmediately: true })
        assert.isAtMost((yield* timed(Fiber.interrupt(fiber))).took, 20)
        const alive = yield* Effect.forEach(
          Array.from({ length: 20 }),
          () => Effect.forkChild(Effect.flip(run("Sleep", 60_000)), { startImmediately: true })
        )
        assert.isAtMost((yield* close).took, 50)
        for (const one of alive) assert.strictEqual((yield* Fiber.join(one))._tag, "OrchestratorClosed")
        assert.strictEqual(yield* notRecorded, 22)
      }).pipe(Effect.provide(Logger.layer([])))
  )

  it.effect("records runs again once it answers", () =>
    Effect.gen(function*() {
      const { close, history, late, run, silence, speak } = yield* make
      yield* silence
      yield* late(10)
      yield* speak
      const { id } = yield* Effect.repeat(run("Now", 1), {
        until: ({ id }) =>
          Effect.map(Effect.orElseSucceed(history.list({ limit: 1 }), () => []), ([one]) => one?.id === id)
      })
      assert.strictEqual((yield* history.list({ limit: 1 }))[0]?.id, id)
      yield* close
    }).pipe(Effect.provide(Logger.layer([]))))
}

layer(PausablePostgres.layer, { excludeTestServices: true })(
  "a PostgreSQL that is stopped",
  (it) => {
    const make = Effect.gen(function*() {
      const { makeDatabase, pause, resume } = yield* PausablePostgres
      const url = yield* makeDatabase
      yield* Effect.addFinalizer(() => resume)
      return { ...yield* open(Database.layerPostgres({ url })), silence: pause, speak: resume }
    })
    suite(it, "PostgreSQL", make)

    it.effect("fails a reading of the history with NoAnswer", () =>
      Effect.gen(function*() {
        const { close, history, silence, timed } = yield* make
        yield* silence
        const { took, value } = yield* timed(Effect.flip(history.list()))
        assert.strictEqual(value.reason._tag, "NoAnswer")
        assert.isAtMost(took, 70)
        assert.isAtMost((yield* close).took, 50)
      }))

    it.effect("fails the opening of a database", () =>
      Effect.gen(function*() {
        const { makeDatabase, pause, resume } = yield* PausablePostgres
        const url = yield* makeDatabase
        yield* Effect.addFinalizer(() => resume)
        yield* pause
        const error = yield* Effect.flip(
          Effect.scoped(Layer.build(Database.layerPostgres({ url, connectTimeout: "500 millis" })))
        )
        assert.strictEqual(error.reason._tag, "ServerNotReachable")
      }))
  }
)

/** Locks the file in another process, until it is ended. */
const lock = (filename: string) =>
  Effect.acquireRelease(
    Effect.callback<() => Promise<void>>((resume) => {
      const script = `
        import { DatabaseSync } from "node:sqlite"
        const database = new DatabaseSync(process.argv[1])
        database.exec("BEGIN EXCLUSIVE")
        process.stdout.write("locked")
        process.stdin.resume().once("end", () => process.exit())`
      const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script, filename], {
        stdio: ["pipe", "pipe", "inherit"]
      })
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
      child.stdout.once("data", () =>
        resume(Effect.succeed(() => {
          child.stdin.end()
          return ended
        })))
    }),
    (unlock) => Effect.promise(unlock)
  )

layer(Layer.empty, { excludeTestServices: true })("a SQLite file that another process has locked", (it) => {
  const make = Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "greenlang-locked-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true }))
    )
    const filename = join(folder, "runs.db")
    const opened = yield* open(Database.layerSqlite({ filename }))
    const scope = yield* Effect.scope
    let unlock: () => Promise<void> = () => Promise.resolve()
    const silence = Effect.map(Scope.provide(lock(filename), scope), (found) => void (unlock = found))
    return { ...opened, silence, speak: Effect.promise(() => unlock()) }
  })
  suite(it, "SQLite", make)
})
