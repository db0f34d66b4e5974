/**
 * The places of an orchestrator: a run holds one while it goes on, and the others wait for their turn.
 *
 * 1. At most `concurrency` runs hold a place.
 * 2. A run inside of one that holds a place runs on that place, so that none waits for itself.
 * 3. A run waits no longer than its limit, and holds no place after it.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

/** The places that the run around this holds: one for each orchestrator that leads here. */
const Held = Context.Reference<ReadonlyArray<Semaphore.Semaphore>>("greenlang/orchestrator/internal/Turns/Held", {
  defaultValue: () => []
})

/** The places, and how a run takes one. */
export interface Turns {
  /** Whether a run around this holds a place. */
  readonly isInside: Effect.Effect<boolean>
  /** Runs `run` on a place. Where it has to wait, calls `wait` first, and fails with `late` once `limit` has passed. */
  readonly take: <A, E, R, E2>(
    run: Effect.Effect<A, E, R>,
    options: {
      readonly limit: Duration.Duration
      readonly wait: Effect.Effect<void>
      readonly late: Effect.Effect<never, E2>
    }
  ) => Effect.Effect<A, E | E2, R>
}

/** Places for `concurrency` runs. */
export const make = Effect.fnUntraced(function*(concurrency: number): Effect.fn.Return<Turns> {
  const places = yield* Semaphore.make(concurrency)

  const take: Turns["take"] = (run, { late, limit, wait }) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Held, (held) => {
        if (held.includes(places)) return restore(run)
        let begun = false
        const onPlace = Effect.suspend(() => {
          begun = true
          return Effect.provideService(run, Held, [...held, places])
        })
        const watch = Effect.andThen(
          Duration.isFinite(limit) ? Effect.sleep(limit) : Effect.never,
          Effect.suspend(() => begun ? Effect.never : late)
        )
        return Effect.flatMap(places.takeIfAvailable(1), (free) =>
          free
            ? Effect.ensuring(restore(onPlace), places.release(1))
            : restore(Effect.andThen(wait, Effect.raceFirst(places.withPermit(onPlace), watch))))
      })
    )

  return { isInside: Effect.map(Held, (held) => held.includes(places)), take }
})
