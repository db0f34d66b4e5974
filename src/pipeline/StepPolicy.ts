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
import type * as Agent from "../agent/Agent.ts"
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

/**
 * Runs the step only if `holds` of what `condition` answered (without `holds`: if it answered `true`), and is `None`
 * otherwise. It waits for `condition` as well.
 *
 * @category failure policies
 */
export const when: {
  <E1, R1, Before1>(
    condition: StepBox.Step<boolean, E1, R1, Before1>
  ): <A, E, R, Before>(
    self: StepBox.Step<A, E, R, Before>
  ) => StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1>
  <C, E1, R1, Before1>(
    condition: StepBox.Step<C, E1, R1, Before1>,
    holds: (answer: C) => boolean
  ): <A, E, R, Before>(
    self: StepBox.Step<A, E, R, Before>
  ) => StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1>
  <A, E, R, Before, E1, R1, Before1>(
    self: StepBox.Step<A, E, R, Before>,
    condition: StepBox.Step<boolean, E1, R1, Before1>
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1>
  <A, E, R, Before, C, E1, R1, Before1>(
    self: StepBox.Step<A, E, R, Before>,
    condition: StepBox.Step<C, E1, R1, Before1>,
    holds: (answer: C) => boolean
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1>
} = dual(
  ([, second]) => second !== undefined && typeof second !== "function",
  <A, E, R, Before, C, E1, R1, Before1>(
    self: StepBox.Step<A, E, R, Before>,
    condition: StepBox.Step<C, E1, R1, Before1>,
    holds: (answer: C) => boolean = (answer) => answer === true
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1> => ({
    ...self,
    after: [condition, ...self.after],
    policies: [...self.policies, "when"],
    output: self.output && Schema.Option(self.output),
    given: self.given && ((inputs) => self.given?.(inputs.slice(1))),
    run: ([answer, ...inputs]) => holds(answer as C) ? Effect.asSome(self.run(inputs)) : StepBox.skip(Option.none())
  })
)

/**
 * A step that runs where all that it waits for has an answer: `run` receives what is in those that are an `Option`, and the
 * others as they are. Where one of them is `None`, the step is skipped, and `None` itself: how all that stands behind a
 * `Step.optional` is skipped with it. A step that is to run all the same waits with `Step.make`, and receives the `None`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "greenlang"
 *
 * const meter = Step.make("meter", [], () => Effect.fail("broken")).pipe(Step.optional)
 * const price = Step.make("price", [], () => Effect.succeed(0.3))
 * const bill = Step.ifPresent("bill", [meter, price], (kWh, price) => Effect.succeed(kWh * price))
 * bill.policies // => ["if present"]
 * ```
 *
 * @category failure policies
 */
export const ifPresent = <
  const After extends ReadonlyArray<StepBox.Any>,
  A,
  E extends F["Type"],
  R,
  F extends Agent.AnySchema
>(
  name: string,
  after: After,
  run: (...values: StepBox.Present<After>) => Effect.Effect<A, E, R>,
  schemas?: { readonly output?: Schema.ConstraintCodec<NoInfer<A>, unknown>; readonly error?: F }
): StepBox.Step<Option.Option<A>, E, R | StepBox.Services<After[number]>, StepBox.Failure<After[number]>> => ({
  ...StepBox.empty,
  name,
  after: StepBox.before(after),
  policies: ["if present"],
  output: schemas?.output && Schema.Option(schemas.output),
  error: schemas?.error,
  run: (answers): Effect.Effect<Option.Option<A>, E, R> => {
    const values = answers.map((answer: unknown) => Option.isOption(answer) ? answer : Option.some(answer))
    return values.every(Option.isSome)
      ? Effect.asSome(run(...values.map(({ value }) => value) as StepBox.Present<After>))
      : StepBox.skip(Option.none())
  }
})

/** Lets the events tell that the step failed before its policy made an answer of it. */
const noteRecovery = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.tapError(run, (error) =>
    Effect.map(StepScope.current, (scope) => {
      if (scope !== undefined) scope.recovered = error
    }))
