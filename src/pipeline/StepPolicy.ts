/**
 * What happens when a step fails or takes too long.
 */
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Pull from "effect/Pull"
import type * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { TimedOut } from "../agent/AgentError.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as Described from "../internal/Described.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepPerformer from "./internal/StepPerformer.ts"
import * as StepScope from "./internal/StepScope.ts"
import * as StepWork from "./internal/StepWork.ts"
import * as WrongReturn from "./internal/WrongReturn.ts"

/**
 * A step the run can do without: `None` when it fails.
 *
 * @category failure policies
 */
export const optional = <A, E, R, Before, L extends string>(
  self: StepBox.Step<A, E, R, Before, L>
): StepBox.Step<Option.Option<A>, never, R, Before, L> => ({
  ...StepBox.wrap(self, "optional", (run) => Effect.option(noteRecovery(run))),
  output: self.output && Schema.Option(self.output),
  error: undefined
})

/** `unknown`, where a step that answers with `A` can state `O` as the schema of its answer; else why it cannot, in words. */
type Describes<O, A> = [O] extends [Schema.ConstraintCodec<A, unknown> | undefined] ? unknown
  : "the schema of `output` describes another answer than that of the step"

/** What `Step.result` answers with, of the step `S`. */
type ResultOf<S> = S extends StepBox.Step<infer A, infer E, unknown, unknown> ? Result.Result<A, E> : unknown

/** The schema in `{ output }`. */
type OutputOf<S> = S extends { readonly output: infer O } ? O : undefined

/**
 * Answers with the failure, or the success, as a value. A durable run needs the schema of both: `output`.
 *
 * ```ts
 * import { Effect, Result, Schema } from "effect"
 * import { Step } from "greenlang"
 *
 * const meter = Step.make("meter", [], (): Effect.Effect<number, string> => Effect.fail("broken"), { output: Schema.Finite })
 * const read = meter.pipe(Step.result({ output: Schema.Result(Schema.Finite, Schema.String) }))
 * await Effect.runPromise(read.run([])) // => Result.fail("broken")
 * ```
 *
 * @category failure policies
 */
export const result: <
  const Arg extends StepBox.Any | { readonly output: Schema.ConstraintCodec<Result.Result<unknown, unknown>, unknown> },
  O extends Schema.ConstraintCodec<Result.Result<unknown, unknown>, unknown> | undefined = undefined
>(
  selfOrSchemas: Arg,
  schemas?: { readonly output?: O } & Describes<O, ResultOf<Arg>>
) => [Arg] extends [StepBox.Step<infer A, infer E, infer R, infer Before, infer L>]
  ? StepBox.Step<Result.Result<A, E>, never, R, Before, L | StepBox.WithoutSchema<O, "a step with Step.result">>
  : <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L> & Describes<OutputOf<Arg>, Result.Result<A, E>>
  ) => StepBox.Step<Result.Result<A, E>, never, R, Before, L> = dual(
    (args) => args.length !== 1 || StepBox.isStep(args[0]) || !Predicate.hasProperty(args[0], "output"),
    <A, E, R, Before, L extends string>(
      self: StepBox.Step<A, E, R, Before, L>,
      schemas?: { readonly output?: Schema.ConstraintCodec<Result.Result<A, E>, unknown> }
    ): StepBox.Step<Result.Result<A, E>, never, R, Before, L> => ({
      ...StepBox.wrap(self, "result", (run) => Effect.result(noteRecovery(run))),
      output: StepBox.statedOutput(self.name, StepBox.options(self.name, schemas ?? {}).output),
      journaled: self.frame ? self.journaled : schemas?.output !== undefined,
      error: undefined
    })
  )

/**
 * Answers with `that(error)` when the step fails. A durable run needs the schema of both answers: `output`.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Step } from "greenlang"
 *
 * const meter = Step.make("meter", [], (): Effect.Effect<number, string> => Effect.fail("broken"), { output: Schema.Finite })
 * const kWh = meter.pipe(Step.orElse(() => Effect.succeed(0), { output: Schema.Finite }))
 * await Effect.runPromise(kWh.run([])) // => 0
 * ```
 *
 * @category failure policies
 */
export const orElse: {
  <E, B, E2, R2, O extends Schema.ConstraintCodec<unknown, unknown> | undefined = undefined>(
    that: (error: E) => Effect.Effect<B, E2, R2>,
    schemas?: { readonly output?: O }
  ): <A, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L> & Describes<O, A | B>
  ) => StepBox.Step<A | B, E2, R | R2, Before, L | StepBox.WithoutSchema<O, "a step with Step.orElse">>
  <
    A,
    E,
    R,
    Before,
    B,
    E2,
    R2,
    L extends string,
    O extends Schema.ConstraintCodec<NoInfer<A | B>, unknown> | undefined = undefined
  >(
    self: StepBox.Step<A, E, R, Before, L>,
    that: (error: E) => Effect.Effect<B, E2, R2>,
    schemas?: { readonly output?: O }
  ): StepBox.Step<A | B, E2, R | R2, Before, L | StepBox.WithoutSchema<O, "a step with Step.orElse">>
} = dual(([self]) => StepBox.isStep(self), <A, E, R, Before, B, E2, R2, L extends string>(
  self: StepBox.Step<A, E, R, Before, L>,
  that: (error: E) => Effect.Effect<B, E2, R2>,
  schemas?: { readonly output?: Schema.ConstraintCodec<NoInfer<A | B>, unknown> }
): StepBox.Step<A | B, E2, R | R2, Before, L> => {
  StepBox.checkFunction(self.name, "`orElse`", that)
  const { output } = StepBox.options(self.name, schemas ?? {})
  return {
    ...StepBox.wrap(self, "or else", (run, nth) =>
      Effect.catch(noteRecovery(run), (error) =>
        StepPerformer.perform(
          StepPerformer.part(`or else${nth}`, { output }),
          () => StepBox.effectOf(that(error))
        ))),
    output: StepBox.statedOutput(self.name, output),
    journaled: output !== undefined && (!self.frame || self.journaled),
    error: undefined
  }
})

/**
 * When a failed step runs again: `times` at most, after the pauses of `schedule`, and only for failures of which `while`
 * holds. All three together where all are given.
 *
 * @category models
 */
export interface Retry<in E, out X, out E2, out R2> {
  readonly times?: number
  readonly schedule?: Schedule.Schedule<X, E, E2, R2>
  readonly while?: (error: E) => boolean
}

/**
 * Runs again, after a failure, the step with the policies that were applied before, as a `Schedule` or a `Retry` says. Its last
 * failure is the step's. While it pauses between two attempts, the step holds no place in a pool.
 *
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Step } from "greenlang"
 *
 * const ask = Step.make("ask", [], () => Effect.fail({ status: 503 })).pipe(
 *   Step.retry({ times: 3, schedule: Schedule.exponential("1 second"), while: ({ status }) => status >= 500 })
 * )
 * ask.policies // => ["retry"]
 * ```
 *
 * Throws `InvalidDefinition` when `times` is not a whole number, when the policy has none of the three, and when it has another key.
 *
 * @category failure policies
 */
export const retry: {
  <E, X = never, E2 = never, R2 = never>(
    policy: Schedule.Schedule<X, NoInfer<E>, E2, R2> | Retry<NoInfer<E>, X, E2, R2>
  ): <A, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>
  ) => StepBox.Step<A, E | E2, R | R2, Before, L>
  <A, E, R, Before, L extends string, X = never, E2 = never, R2 = never>(
    self: StepBox.Step<A, E, R, Before, L>,
    policy: Schedule.Schedule<X, NoInfer<E>, E2, R2> | Retry<NoInfer<E>, X, E2, R2>
  ): StepBox.Step<A, E | E2, R | R2, Before, L>
} = dual(2, <A, E, R, Before, X, E2, R2, L extends string>(
  self: StepBox.Step<A, E, R, Before, L>,
  policy: Schedule.Schedule<X, E, E2, R2> | Retry<E, X, E2, R2>
): StepBox.Step<A, E | E2, R | R2, Before, L> => {
  StepBox.checkSelf("retry", self)
  const again = checkedRetry(self.name, policy)
  return {
    ...StepBox.wrap(self, "retry", (run, nth) =>
      Effect.withFiber((fiber) => {
        const scope = StepScope.of(fiber)
        const performer = fiber.getRef(StepPerformer.Current)
        if (performer !== undefined) return inAttempts(performer, run, again, scope, nth)
        const work = fiber.getRef(StepWork.Current)
        if (scope === undefined && work.own.length === 0) return retried(run, again)
        let failure: Option.Option<E> = Option.none()
        const attempt = Effect.suspend(() => {
          if (Option.isNone(failure)) return run
          const begin = StepWork.enterAgain(work)
          return Effect.andThen(scope === undefined ? begin : Effect.andThen(begin, scope.retried(failure.value)), run)
        })
        const noted = Effect.tapError(attempt, (error) => {
          failure = Option.some(error)
          return StepWork.leaveAll(work)
        })
        return retried(noted, again)
      })),
    output: self.output,
    error: undefined
  }
})

/** Reads how a step is retried. Throws `InvalidDefinition` where that says nothing, what it does not know, or throws itself. */
const checkedRetry = <E, X, E2, R2>(
  step: string,
  policy: Schedule.Schedule<X, E, E2, R2> | Retry<E, X, E2, R2>
): Retry<E, X, E2, R2> => {
  try {
    return readRetry(step, policy)
  } catch (error) {
    if (Described.isInstance(error, InvalidDefinition)) throw error
    throw StepBox.refusal(step, "how it is retried cannot be read", whatRetries)
  }
}

const readRetry = <E, X, E2, R2>(
  step: string,
  policy: Schedule.Schedule<X, E, E2, R2> | Retry<E, X, E2, R2>
): Retry<E, X, E2, R2> => {
  if (Schedule.isSchedule(policy)) return { schedule: policy }
  const refuse = (problem: string, expected: string) => StepBox.refusal(step, problem, expected)
  if (typeof policy !== "object" || policy === null) {
    throw refuse(`it is retried by ${Described.kind(policy)}`, whatRetries)
  }
  const unknown = Object.keys(policy).find((key) => !retryKeys.has(key))?.slice(0, 100)
  if (unknown !== undefined) throw refuse(`it is retried by an unknown \`${unknown}\``, "times, schedule or while")
  const { schedule, times, while: isWorth } = policy
  if (times === undefined && schedule === undefined && isWorth === undefined) {
    throw refuse("it is retried without a bound", "times, schedule or while")
  }
  if (times !== undefined && !(Number.isSafeInteger(times) && times >= 0)) {
    throw refuse(`it is retried ${Described.shown(times)} times`, "a whole number, at least 0")
  }
  const isWrong = schedule !== undefined && !Schedule.isSchedule(schedule)
  if (isWrong) throw refuse(`its schedule is ${Described.kind(schedule)}`, "a Schedule")
  const read = { ...(times === undefined ? {} : { times }), ...(schedule === undefined ? {} : { schedule }) }
  if (isWorth === undefined) return read
  StepBox.checkFunction(step, "`while`", isWorth)
  return { ...read, while: (error) => WrongReturn.holds(isWorth(error), "`while`") }
}

const whatRetries = "a Schedule, or an object with times, schedule or while"

const retryKeys: ReadonlySet<string> = new Set(["times", "schedule", "while"])

const retried = <A, E, R, X, E2, R2>(
  run: Effect.Effect<A, E, R>,
  again: Retry<E, X, E2, R2>
): Effect.Effect<A, E | E2, R | R2> =>
  // `Effect.retry` works its types out of its options.
  Effect.retry(run, again as Retry<E, X, E2, R2>) as Effect.Effect<A, E | E2, R | R2>

/** The attempts of a frame: what they perform has names of its own, and the pauses between them outlive the process. */
const inAttempts = <A, E, R, X, E2, R2>(
  performer: StepPerformer.StepPerformer,
  run: Effect.Effect<A, E, R>,
  { schedule, times = Infinity, while: isWorth = () => true }: Retry<E, X, E2, R2>,
  scope: StepScope.StepScope | undefined,
  nth: string
): Effect.Effect<A, E | E2, R | R2> =>
  Effect.gen(function*() {
    const next = yield* Schedule.toStep<unknown, E, E2, R2>(schedule ?? Schedule.forever)
    // A schedule that looks at the clock gets the time that it has asked for, so that it decides the same again.
    let now = 0
    for (let attempt = 1;; attempt++) {
      const place = attempt === 1 ? performer : performer.below(`attempt ${attempt}${nth}`)
      const exit = yield* Effect.exit(Effect.provideService(run, StepPerformer.Current, place))
      const error = Exit.findErrorOption(exit)
      if (Option.isNone(error) || attempt > times || !isWorth(error.value)) return yield* exit
      const pause = yield* Effect.catchCause(
        Effect.map(next(now, error.value), ([, duration]) => Option.some(duration)),
        (cause) => Pull.isDoneCause(cause) ? Effect.succeedNone : Effect.failCause(cause as Cause.Cause<E2>)
      )
      if (Option.isNone(pause)) return yield* exit
      now += Duration.toMillis(pause.value)
      yield* performer.sleep(`pause ${attempt}${nth}`, pause.value)
      if (scope !== undefined) yield* scope.retried(error.value)
    }
  })

/**
 * Fails with `TimedOut` when what it is applied to takes longer than `limit`, once it has released what it held. The order
 * decides: before `Step.retry` it limits each attempt, and a late one is tried again; after it, it limits all attempts together,
 * with their pauses. The time that it waits for a place in a pool does not count, except with `includeWaiting`. In a durable run,
 * the limit of a step that runs others (a list, a loop, a pipeline) or waits goes on while no worker runs.
 *
 * Throws `InvalidDefinition` for what is not a duration, and for one below zero.
 *
 * @category failure policies
 */
export const timeout: {
  (
    limit: Duration.Input,
    options?: { readonly includeWaiting?: boolean }
  ): <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>
  ) => StepBox.Step<A, E | TimedOut, R, Before, L>
  <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    limit: Duration.Input,
    options?: { readonly includeWaiting?: boolean }
  ): StepBox.Step<A, E | TimedOut, R, Before, L>
} = dual(
  ([self]) => StepBox.isStep(self),
  <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    limit: Duration.Input,
    options?: { readonly includeWaiting?: boolean }
  ): StepBox.Step<A, E | TimedOut, R, Before, L> => {
    const duration = StepBox.duration(self.name, limit)
    const { includeWaiting = false } = StepBox.options(self.name, options ?? {})
    const late = (elapsed: Duration.Duration) =>
      new TimedOut({ agent: self.name, phase: "step", limit: duration, elapsed })
    return {
      ...StepBox.wrap(self, "timeout", (run, nth) => {
        const limited = includeWaiting || Duration.toMillis(duration) === Infinity
          ? Deadline.within(run, duration, late)
          : StepWork.underLimit(
            run,
            (run, context, clock) =>
              Effect.withFiber((fiber) => Deadline.inFiber(fiber, context, run, duration, late, clock))
          )
        return self.frame
          ? Effect.withFiber((fiber) =>
            fiber.getRef(StepPerformer.Current)?.within(run, duration, late, nth) ?? limited
          )
          : limited
      }),
      output: self.output,
      error: self.error && Schema.Union([self.error, TimedOut])
    }
  }
)

/** Keeps the failure that a policy makes an answer of, for the events. */
const noteRecovery = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.tapError(run, (error) =>
    Effect.map(StepScope.current, (scope) => {
      if (scope !== undefined) scope.recovered = error
    }))
