/**
 * What becomes of a step, and of those behind it, when it fails, takes too long or is not wanted.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type * as Result from "effect/Result"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { TimedOut } from "../agent/AgentError.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepScope from "./internal/StepScope.ts"

/**
 * A step the run can do without: `None` when it fails.
 *
 * @category failure policies
 */
export const optional = <A, E, R, Before>(
  self: StepBox.Step<A, E, R, Before>
): StepBox.Step<Option.Option<A>, never, R, Before> => ({
  ...StepBox.wrap(self, "optional", (run) => Effect.option(noteRecovery(run))),
  output: self.output && Schema.Option(self.output),
  error: undefined
})

/**
 * Answers with the failure, or the success, as a value.
 *
 * @category failure policies
 */
export const result = <A, E, R, Before>(
  self: StepBox.Step<A, E, R, Before>
): StepBox.Step<Result.Result<A, E>, never, R, Before> => ({
  ...StepBox.wrap(self, "result", (run) => Effect.result(noteRecovery(run))),
  output: undefined,
  error: undefined
})

/**
 * Answers with `that(error)` when the step fails.
 *
 * @category failure policies
 */
export const orElse: {
  <E, B, E2, R2>(
    that: (error: E) => Effect.Effect<B, E2, R2>
  ): <A, R, Before>(self: StepBox.Step<A, E, R, Before>) => StepBox.Step<A | B, E2, R | R2, Before>
  <A, E, R, Before, B, E2, R2>(
    self: StepBox.Step<A, E, R, Before>,
    that: (error: E) => Effect.Effect<B, E2, R2>
  ): StepBox.Step<A | B, E2, R | R2, Before>
} = dual(2, <A, E, R, Before, B, E2, R2>(
  self: StepBox.Step<A, E, R, Before>,
  that: (error: E) => Effect.Effect<B, E2, R2>
): StepBox.Step<A | B, E2, R | R2, Before> => ({
  ...StepBox.wrap(self, "or else", (run) => Effect.catch(noteRecovery(run), that)),
  output: undefined,
  error: undefined
}))

/**
 * Runs the step again for as long as `schedule` says. Its last failure is the step's.
 *
 * @category failure policies
 */
export const retry: {
  <E, X, E2, R2>(
    schedule: Schedule.Schedule<X, NoInfer<E>, E2, R2>
  ): <A, R, Before>(self: StepBox.Step<A, E, R, Before>) => StepBox.Step<A, E | E2, R | R2, Before>
  <A, E, R, Before, X, E2, R2>(
    self: StepBox.Step<A, E, R, Before>,
    schedule: Schedule.Schedule<X, NoInfer<E>, E2, R2>
  ): StepBox.Step<A, E | E2, R | R2, Before>
} = dual(2, <A, E, R, Before, X, E2, R2>(
  self: StepBox.Step<A, E, R, Before>,
  schedule: Schedule.Schedule<X, NoInfer<E>, E2, R2>
): StepBox.Step<A, E | E2, R | R2, Before> => ({
  ...StepBox.wrap(self, "retry", (run) =>
    Effect.flatMap(StepScope.current, (scope) => {
      if (scope === undefined) return Effect.retry(run, schedule)
      let failure: Option.Option<E> = Option.none()
      return Effect.suspend(() => Option.isSome(failure) ? Effect.andThen(scope.retried(failure.value), run) : run)
        .pipe(
          Effect.tapError((error) => Effect.sync(() => failure = Option.some(error))),
          Effect.retry(schedule)
        )
    })),
  output: self.output,
  error: undefined
}))

/**
 * Fails with `TimedOut` when one attempt of the step takes longer than `limit`, once it has released what it held.
 *
 * @category failure policies
 */
export const timeout: {
  (
    limit: Duration.Input
  ): <A, E, R, Before>(self: StepBox.Step<A, E, R, Before>) => StepBox.Step<A, E | TimedOut, R, Before>
  <A, E, R, Before>(
    self: StepBox.Step<A, E, R, Before>,
    limit: Duration.Input
  ): StepBox.Step<A, E | TimedOut, R, Before>
} = dual(
  2,
  <A, E, R, Before>(
    self: StepBox.Step<A, E, R, Before>,
    limit: Duration.Input
  ): StepBox.Step<A, E | TimedOut, R, Before> => {
    const duration = Duration.fromInputUnsafe(limit)
    const late = (elapsed: Duration.Duration) =>
      new TimedOut({ agent: self.name, phase: "step", limit: duration, elapsed })
    return {
      ...StepBox.wrap(self, "timeout", (run) => Deadline.within(run, duration, late)),
      output: self.output,
      error: self.error && Schema.Union([self.error, TimedOut])
    }
  }
)

/** Lets the events tell that the step failed before its policy made an answer of it. */
const noteRecovery = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.tapError(run, (error) =>
    Effect.map(StepScope.current, (scope) => {
      if (scope !== undefined) scope.recovered = error
    }))
