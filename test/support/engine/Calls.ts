/**
 * The runs that go through an engine now, and the time that passes for them.
 *
 * A test that moves its clock on means: once everything that can happen now has happened. On an engine that takes turns of the event
 * loop and statements of a database, so time waits for them, and stops at the end of each sleep.
 */
import { type Clock, Duration, Effect, Tracer } from "effect"
import * as TestClock from "effect/testing/TestClock"
import type { RunTable } from "../../../src/durable/internal/RunTable.ts"

/** One run through the engine. */
export class Call {
  /** `submitted` until a worker runs it, and `ending` until its caller has the result. */
  state: "submitted" | "running" | "parked" | "ending" = "submitted"
  id = ""
  /** How many steps it has performed, or answered again. */
  moves = 0
  table: RunTable | undefined = undefined
  readonly clock: Clock.Clock

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  /** Whether it is up to the engine to go on. */
  get isDue(): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      const { clock, id, state, table } = this
      if (state !== "parked" || table === undefined) return Effect.succeed(state !== "running")
      return Effect.map(
        Effect.orDie(table.sql<{ readonly state: string; readonly wake_at: number | string | null }>`
          SELECT state, wake_at FROM durable_runs WHERE id = ${id}`),
        ([row]) =>
          row?.state !== "waiting" || (row.wake_at !== null && Number(row.wake_at) <= clock.currentTimeMillisUnsafe())
      )
    })
  }
}

/** The runs that have not ended. */
export const calls = new Set<Call>()

/** When what sleeps by a clock of a test wakes. */
const wakings = new WeakMap<Clock.Clock, Array<number>>()

const watchedClocks = new WeakMap<Clock.Clock, Clock.Clock>()

const isTestClock = (clock: Clock.Clock): clock is TestClock.TestClock => "adjust" in clock

/** The same clock, which notes when what sleeps by it wakes. */
export const watched = (clock: Clock.Clock): Clock.Clock => {
  if (!isTestClock(clock) || wakings.has(clock)) return watchedClocks.get(clock) ?? clock
  const times: Array<number> = []
  const same: Clock.Clock = Object.assign(Object.create(clock), {
    sleep: (duration: Duration.Duration) =>
      Effect.suspend(() => {
        const at = clock.currentTimeMillisUnsafe() + Duration.toMillis(duration)
        times.push(at)
        return Effect.ensuring(clock.sleep(duration), Effect.sync(() => times.splice(times.indexOf(at), 1)))
      })
  })
  wakings.set(clock, times)
  wakings.set(same, times)
  watchedClocks.set(clock, same)
  watchedClocks.set(same, same)
  return same
}

/** Statements that the database has not answered. */
let statements = 0

/** Counts the statements and transactions under way, beside what `tracer` does. A call of a model is none of them. */
export const counting = (tracer: Tracer.Tracer | undefined): Tracer.Tracer =>
  Tracer.make({
    ...tracer,
    span: (options) => {
      const span = tracer?.span(options) ?? new Tracer.NativeSpan(options)
      const { attribute, end } = span
      let isCounted = false
      const count = () => {
        if (!isCounted) statements++
        isCounted = true
      }
      if (options.name.startsWith("sql.")) count()
      span.attribute = function(key, value) {
        if (key === "db.query.text") count()
        return attribute.call(this, key, value)
      }
      span.end = function(...ended) {
        if (isCounted) statements--
        isCounted = false
        return end.apply(this, ended)
      }
      return span
    }
  })

/** Turns of the event loop in which nothing is to be left to do. */
const quietTurns = 16

/** Ends once no run can go on before a clock moves, or the test does something. */
export const settled: Effect.Effect<void> = Effect.gen(function*() {
  let moves = 0
  for (let quiet = 0; quiet < quietTurns;) {
    yield* Effect.promise(() => new Promise(setImmediate))
    quiet++
    const before = moves
    moves = 0
    for (const call of calls) moves += call.moves
    if (statements > 0 || moves !== before) quiet = 0
    if (quiet < quietTurns) continue
    for (const call of calls) if (yield* call.isDue) quiet = 0
  }
})

/** Moves the clock of the test to `end`, and stops on the way wherever a run wakes. */
const move = (clock: TestClock.TestClock, end: number, last: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.gen(function*() {
    while (true) {
      yield* settled
      const now = clock.currentTimeMillisUnsafe()
      const next = (wakings.get(clock) ?? []).reduce((first, at) => at > now ? Math.min(first, at) : first, Infinity)
      if (next >= end) break
      yield* clock.setTime(next)
    }
    yield* last
    yield* settled
  })

/** As `TestClock.adjust`. */
export const adjust = (duration: Duration.Input): Effect.Effect<void> =>
  TestClock.testClockWith((clock) =>
    Effect.suspend(() => {
      const began = clock.currentTimeMillisUnsafe()
      const end = began + Duration.toMillis(duration)
      return move(
        clock,
        end,
        Effect.suspend(() => clock.currentTimeMillisUnsafe() === began ? clock.adjust(duration) : clock.setTime(end))
      )
    })
  )

/** As `TestClock.setTime`. */
export const setTime = (timestamp: number): Effect.Effect<void> =>
  TestClock.testClockWith((clock) => move(clock, timestamp, clock.setTime(timestamp)))
