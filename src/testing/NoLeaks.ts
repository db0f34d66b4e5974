/**
 * Fails a program that leaves something open: fibers, worker threads, sockets, servers, timers, child processes, listeners
 * on `process`.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as BlockDetector from "../observability/BlockDetector.ts"
import { OpenThings } from "./internal/OpenThings.ts"

/**
 * One thing that was left open. `name` says which one, such as `process.on(SIGTERM)` or `every 1000 ms`, and `at` is the
 * line that made it, if that is known.
 *
 * @category models
 */
export const Left = Schema.Struct({ kind: Schema.String, name: Schema.String, at: Schema.optionalKey(Schema.String) })
/** @category models */
export type Left = typeof Left.Type

/**
 * The program has ended, and `left` is still open. `cause` is the reason of a promise that was rejected, too.
 *
 * @category errors
 */
export class Leaked extends Schema.TaggedError<Leaked>()("Leaked", {
  left: Schema.Array(Left),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    const lines = this.left.map(({ at, kind, name }) =>
      `\n  ${kind} ${name}${at === undefined ? "" : `, made at ${at}`}`
    )
    return `the program has ended and left:${lines.join("")}`
  }
}

/**
 * Options of a check.
 *
 * @category models
 */
export interface NoLeaksOptions {
  /**
   * How long things may take to close after the end of the program. Default: 2 seconds, so that a leak is named before the
   * limit of a test ends it. That of vitest is 5 seconds.
   */
  readonly settle?: Duration.Input
}

/**
 * Runs `self`, and fails with `Leaked` if something that it opened stays open. If `self` fails too, its failure comes first
 * in the cause.
 *
 * Only what `self` itself opens counts, so tests may run at once. Idle connections that `fetch` keeps for later do not
 * count, nor does memory; a `Scope` that was never closed shows by what it holds. Time is real, also under a `TestClock`.
 * A `BlockDetector` watches: a warning names an agent that holds the event loop for longer than 100 milliseconds.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { NoLeaks } from "greenlang/testing"
 *
 * const leaks = Effect.sync(() => setInterval(() => {}, 1_000).unref())
 * const program = NoLeaks.check(leaks, { settle: "10 millis" })
 *
 * const { left } = await Effect.runPromise(Effect.flip(program))
 * left.map(({ kind, name }) => `${kind} ${name}`) // => ["timer every 1000 ms"]
 * ```
 *
 * @category checking
 */
export const check = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  options?: NoLeaksOptions
): Effect.Effect<A, E | Leaked, R> =>
  Effect.flatMap(Effect.context<R>(), (context) =>
    Effect.acquireUseRelease(
      Effect.sync(() => new OpenThings()),
      (things) =>
        Effect.flatMap(exitOf(self, context, things), (exit) =>
          Effect.flatMap(settled(things, options), (left): Exit.Exit<A, E | Leaked> => {
            if (left.length === 0) return exit
            const leaked = Cause.fail(new Leaked({ left }))
            return Exit.failCause(Exit.isSuccess(exit) ? leaked : Cause.combine(exit.cause, leaked))
          })),
      (things) =>
        Effect.sync(() => things.close())
    ))

/**
 * Calls `f`, and rejects with `Leaked` if something that it opened stays open once its promise has settled.
 *
 * @category checking
 */
export const checkPromise = async <A>(f: () => A | PromiseLike<A>, options?: NoLeaksOptions): Promise<A> => {
  const things = new OpenThings()
  try {
    const [ended] = await Promise.allSettled([things.run(async () => f())])
    const left = await Effect.runPromise(settled(things, options))
    if (ended.status === "fulfilled") {
      if (left.length === 0) return ended.value
      throw new Leaked({ left })
    }
    throw left.length === 0 ? ended.reason : new Leaked({ left, cause: ended.reason })
  } finally {
    things.close()
  }
}

/** Runs the program in a fiber of its own, in the asynchronous context of `things`. */
const exitOf = <A, E, R>(self: Effect.Effect<A, E, R>, context: Context.Context<R>, things: OpenThings) =>
  Effect.callback<Exit.Exit<A, E>>((resume) => {
    const fiber = things.run(() => Effect.runForkWith(context)(Effect.provide(self, BlockDetector.layer())))
    fiber.addObserver((exit) => resume(Effect.succeed(exit)))
    return Fiber.interrupt(fiber)
  })

const defaultSettle = "2 seconds"

/** Waits until all is closed, or for `settle`: closing takes some turns of the event loop. */
const settled = (things: OpenThings, options: NoLeaksOptions | undefined) =>
  Effect.promise(async () => {
    const until = performance.now() + Duration.toMillis(options?.settle ?? defaultSettle)
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      const left = things.list()
      if (left.length === 0 || performance.now() >= until) return left
    }
  })
