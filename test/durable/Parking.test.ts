/**
 * Waits of one run that park it at the same moment: its row says what has become of it.
 */
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option, Scheduler } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "greenlang/database/Database"
import * as Migrations from "../../src/database/Migrations.ts"
import { EventLog } from "../../src/durable/internal/EventLog.ts"
import { RunJournal } from "../../src/durable/internal/RunJournal.ts"
import { RunScheduler } from "../../src/durable/internal/RunScheduler.ts"
import { make as makeTable } from "../../src/durable/internal/RunTable.ts"
import { Signal } from "../../src/durable/internal/Signal.ts"
import * as Tables from "../../src/durable/internal/Tables.ts"
import * as Waiting from "../../src/durable/internal/Waiting.ts"
import * as Redaction from "../../src/internal/Redaction.ts"

/** A run that a worker has begun, and that waits at `places`. */
const begun = (places: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    yield* Migrations.run(Tables.migrations)
    const table = makeTable(yield* SqlClient.SqlClient)
    const one = { id: "run", attempt: 1 }
    const row = { pipeline: "Two", version: "1.0.0", shape: "{}", run_key: "run", input: "1", input_digest: "1" }
    yield* table.insert({ id: one.id, ...row, attributes: null }, 0)
    yield* table.begin(one, "worker", 0)
    const redact = Redaction.make([])
    const journal = new RunJournal(one, new Map(), {
      table,
      log: new EventLog(one, 0, 0, redact),
      redact,
      mostBytes: 1_000,
      isEnding: () => false,
      isAlone: true,
      scheduler: new RunScheduler(yield* Scheduler.Scheduler),
      signal: new Signal()
    })
    for (const place of places) journal.waits.set(place, { wait: undefined, until: undefined })
    return { journal, stateOf: Effect.map(table.find(one.id), (row) => row?.state) }
  })

it.effect("a run is waiting where one of its waits suspends it while another looks, and finds its decision", () =>
  Effect.gen(function*() {
    const { journal, stateOf } = yield* begun(["decided", "open"])
    const looks = yield* Deferred.make<void>()
    const decided = yield* Deferred.make<void>()
    const suspended = yield* Deferred.make<void>()
    const suspend = Effect.andThen(Deferred.succeed(suspended, undefined), Effect.never)
    const look = Effect.as(Effect.andThen(Deferred.succeed(looks, undefined), Deferred.await(decided)), Option.some(1))
    const first = yield* Waiting.park(journal, suspend, look).pipe(
      Effect.ensuring(Effect.sync(() => journal.waits.delete("decided"))),
      Effect.forkChild
    )
    yield* Deferred.await(looks)
    yield* Effect.forkChild(Waiting.park(journal, suspend, Effect.succeedNone))
    for (let turn = 0; turn < 50; turn++) yield* Effect.promise(() => new Promise(setImmediate))
    yield* Deferred.succeed(decided, undefined)
    assert.deepStrictEqual(yield* Fiber.join(first), Option.some(1))
    yield* Deferred.await(suspended)
    assert.strictEqual(yield* stateOf, "waiting")
  }).pipe(Effect.provide(Database.layerMemory)))

it.effect("a run is running where the decision comes while its only wait parks it", () =>
  Effect.gen(function*() {
    const { journal, stateOf } = yield* begun(["decided"])
    const states: Array<string | undefined> = []
    const look = Effect.map(stateOf, (state) => {
      states.push(state)
      return Option.some(1)
    })
    assert.deepStrictEqual(
      yield* Waiting.park(journal, Effect.die("it was suspended"), Effect.orDie(look)),
      Option.some(1)
    )
    assert.deepStrictEqual([...states, yield* stateOf], ["waiting", "running"])
  }).pipe(Effect.provide(Database.layerMemory)))
