/**
 * One box of a pipeline: a name, the steps it waits for, and an Effect.
 *
 * Steps point at each other as values, so a pipeline cannot contain a cycle or a misspelt name.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import { type Pipeable, Prototype } from "effect/Pipeable"
import type * as Result from "effect/Result"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { RunError, TimedOut } from "../agent/AgentError.ts"
import * as Run from "../agent/Run.ts"
import * as CachedWork from "../internal/CachedWork.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as InnerStep from "../internal/InnerStep.ts"
import * as Recorded from "../internal/Recorded.ts"
import * as StepScope from "../internal/StepScope.ts"
import { Approval, Decision } from "./Approval.ts"
import type { Pool } from "./Pool.ts"
import type { StepCache } from "./StepCache.ts"

/**
 * `E` is how this step itself can fail, `Before` how the steps it waits for can. A combinator such as `optional` speaks
 * of `E` only: a step before it that fails still fails the run, unless that step says otherwise.
 *
 * @category models
 */
export interface Step<out A, out E = never, out R = never, out Before = never> extends Pipeable {
  readonly name: string
  readonly after: ReadonlyArray<Step<unknown, Before, unknown, Before>>
  /** What was said about its failure and its turn, such as `retry` or `when`, in that order. */
  readonly policies: ReadonlyArray<string>
  /** How long it is known to take, for the order in which steps get their turn where not all may run at once. */
  readonly expected: Duration.Duration | undefined
  /** The agent, or the pipeline, that it runs. */
  readonly agent: Agent.Any | undefined
  /** The schema of its answer, where one was stated. */
  readonly output: Schema.ConstraintCodec<A, unknown> | undefined
  /** The schema of its own errors, where one was stated. */
  readonly error: Schema.ConstraintCodec<unknown, unknown> | undefined
  /** What its agent is given, of the answers before it. */
  readonly given: ((inputs: ReadonlyArray<any>) => unknown) | undefined
  readonly run: (inputs: ReadonlyArray<any>) => Effect.Effect<A, E, R>
}

/** @category models */
export type Any = Step<any, any, any, any>

/** The answers of `After`, in order. @category utility types */
export type Answers<After extends ReadonlyArray<Any>> = {
  readonly [K in keyof After]: After[K] extends Step<infer A, any, any, any> ? A : never
}

/** The answers of `After`, in order, with what is in those that are an `Option`. @category utility types */
export type Present<After extends ReadonlyArray<Any>> = {
  readonly [K in keyof After]: After[K] extends Step<infer A, any, any, any>
    ? [A] extends [Option.Option<infer B>] ? B : A
    : never
}

type AnyEffect = Effect.Effect<any, any, any>

/** How a step, or one before it, can fail. @category utility types */
export type Failure<S> = S extends Step<any, infer E, any, infer Before> ? E | Before : never

/** How a step itself can fail. @category utility types */
export type OwnFailure<S> = S extends Step<any, infer E, any, any> ? E : never

/** How the steps before a step can fail. @category utility types */
export type Before<S> = S extends Step<any, any, any, infer Before> ? Before : never

/** What a step, and those before it, need. @category utility types */
export type Services<S> = S extends Step<any, any, infer R, any> ? R : never

/**
 * A step that runs once everything in `after` has succeeded, and receives their answers in order.
 *
 * When it fails, the run fails with it and its siblings are interrupted. With schemas for its answer and its error, both
 * can be journaled.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Step } from "greenlang"
 *
 * const one = Step.make("one", [], () => Effect.succeed(1), { output: Schema.Finite })
 * const two = Step.make("two", [one], (n) => Effect.succeed(n + 1))
 * two.after.map((step) => step.name) // => ["one"]
 * ```
 *
 * @category constructors
 */
export const make = <const After extends ReadonlyArray<Any>, A, E extends F["Type"], R, F extends Agent.AnySchema>(
  name: string,
  after: After,
  run: (...inputs: Answers<After>) => Effect.Effect<A, E, R>,
  schemas?: { readonly output?: Schema.ConstraintCodec<NoInfer<A>, unknown>; readonly error?: F }
): Step<A, E, R | Services<After[number]>, Failure<After[number]>> => ({
  ...Prototype,
  name,
  after,
  policies: [],
  expected: undefined,
  agent: undefined,
  given: undefined,
  output: schemas?.output,
  error: schemas?.error,
  run: (inputs) => run(...inputs as Answers<After>)
})

/**
 * Runs `agent`, or a pipeline, on what `input` makes of the answers before it, and answers with its value.
 *
 * @category constructors
 */
export const agent = <const After extends ReadonlyArray<Any>, In, Out, E, R>(
  name: string,
  agent: Agent.Agent<In, Out, E, R>,
  after: After,
  input: (...inputs: Answers<After>) => In
): Step<Out, E | RunError, R | Services<After[number]>, Failure<After[number]>> => ({
  ...make(name, after, (...inputs) => Effect.map(agent.run(input(...inputs)), ({ value }) => value), {
    output: agent.output
  }),
  agent,
  given: (inputs) => input(...inputs as Answers<After>),
  error: agent.error && Schema.Union([agent.error, RunError])
})

/**
 * Runs `f` on every item of `items`, `concurrency` at a time (one, unless said otherwise), and answers in their order.
 *
 * @category constructors
 */
export const forEach = <X, E1, R1, Before, A, E, R>(
  name: string,
  items: Step<ReadonlyArray<X>, E1, R1, Before>,
  f: (item: X, index: number) => Effect.Effect<A, E, R>,
  options?: {
    readonly concurrency?: number | "unbounded"
    readonly output?: Schema.ConstraintCodec<NoInfer<A>, unknown>
  }
): Step<Array<A>, E, R | R1, E1 | Before> => ({
  ...Prototype,
  name,
  after: [items],
  policies: ["for each"],
  expected: undefined,
  agent: undefined,
  given: undefined,
  output: options?.output && Schema.mutable(Schema.Array(options.output)),
  error: undefined,
  run: ([items]) =>
    Effect.forEach(items as ReadonlyArray<X>, (item, at) => InnerStep.run(`${at}`, f(item, at)), {
      concurrency: options?.concurrency
    })
})

/**
 * Runs `alternatives` at the same time, once all that any of them waits for has succeeded, and answers with the first
 * success; the others are interrupted. Fails when all have failed.
 *
 * @category constructors
 */
export const race = <const Steps extends readonly [Any, ...Array<Any>]>(
  name: string,
  alternatives: Steps
): Step<Answers<Steps>[number], OwnFailure<Steps[number]>, Services<Steps[number]>, Before<Steps[number]>> => ({
  ...Prototype,
  name,
  after: alternatives.flatMap(({ after }) => after),
  policies: ["race"],
  expected: undefined,
  agent: undefined,
  given: undefined,
  output: undefined,
  error: undefined,
  run: (inputs) => {
    let taken = 0
    return Effect.raceAll(alternatives.map((step) => {
      const own = inputs.slice(taken, taken += step.after.length)
      return InnerStep.run(step.name, Effect.suspend(() => step.run(own)))
    }))
  }
})

/**
 * Runs the case that the `_tag` of the answer of `on` names.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "greenlang"
 *
 * type Meter = { readonly _tag: "Smart"; readonly kWh: number } | { readonly _tag: "Dumb" }
 *
 * const meter = Step.make("meter", [], () => Effect.succeed<Meter>({ _tag: "Smart", kWh: 12 }))
 * const read = Step.match("read", meter, {
 *   Smart: ({ kWh }) => Effect.succeed(kWh),
 *   Dumb: () => Effect.succeed("ask the caretaker")
 * })
 * read.policies // => ["match"]
 * ```
 *
 * @category constructors
 */
export const match = <
  A extends { readonly _tag: string },
  E1,
  R1,
  Before1,
  const Cases extends { readonly [Tag in A["_tag"]]: (value: Extract<A, { readonly _tag: Tag }>) => AnyEffect }
>(
  name: string,
  on: Step<A, E1, R1, Before1>,
  cases: Cases
): Step<
  Effect.Success<ReturnType<Cases[A["_tag"]]>>,
  Effect.Error<ReturnType<Cases[A["_tag"]]>>,
  R1 | Effect.Services<ReturnType<Cases[A["_tag"]]>>,
  E1 | Before1
> => {
  // each case takes the part of the union that its key names, which is what the tag says the value is
  const caseOf: { readonly [tag: string]: (value: any) => ReturnType<Cases[A["_tag"]]> } = cases as never
  return { ...make(name, [on], (value: A) => caseOf[value._tag]!(value)), policies: ["match"] }
}

/**
 * The loop ran `max` rounds, and its condition still held.
 *
 * @category errors
 */
export class IterationLimit extends Schema.TaggedError<IterationLimit>()("IterationLimit", {
  step: Schema.String,
  max: Schema.Int
}) {
  override get message() {
    return `${this.step} was not done after ${this.max} rounds`
  }
}

/**
 * Runs `body` on the answer of `from`, then on its own, for as long as `while` holds. Fails with `IterationLimit` when it
 * still holds after `max` rounds.
 *
 * @category constructors
 */
export const iterate = <A, E1, R1, Before1, E, R>(
  name: string,
  from: Step<A, E1, R1, Before1>,
  options: {
    readonly while: (state: A) => boolean
    readonly max: number
    readonly body: (state: A, round: number) => Effect.Effect<NoInfer<A>, E, R>
  }
): Step<A, E | IterationLimit, R | R1, E1 | Before1> => ({
  ...make(name, [from], (first: A) =>
    Effect.gen(function*() {
      let state = first
      for (let round = 0; options.while(state); round++) {
        if (round === options.max) return yield* new IterationLimit({ step: name, max: options.max })
        state = yield* InnerStep.run(`${round}`, options.body(state, round))
      }
      return state
    })),
  output: from.output,
  policies: [`at most ${options.max} rounds`]
})

/**
 * Asks a person, through `Approval`, what `text` makes of the answers before it, and answers with the decision. A refusal
 * is an answer too: what comes after may ask with `Step.when(approved, (decision) => decision.approved)`.
 *
 * @category constructors
 */
export const approval = <const After extends ReadonlyArray<Any>>(
  name: string,
  after: After,
  text: (...inputs: Answers<After>) => string
): Step<Decision, never, Approval | Services<After[number]>, Failure<After[number]>> => ({
  ...make(name, after, (...inputs) =>
    Effect.gen(function*() {
      const run = yield* Run.Current
      const question = { run: run?.id ?? "", step: name, text: text(...inputs) }
      yield* StepScope.emit((path, at) => ({ _tag: "ApprovalAsked", path, text: question.text, at }))
      const decision = yield* (yield* Approval).ask(question)
      yield* StepScope.emit((path, at) => ({ _tag: "ApprovalDecided", path, ...decision, at }))
      return decision
    }), { output: Decision }),
  policies: ["approval"]
})

/**
 * A step the run can do without: `None` when it fails.
 *
 * @category failure policies
 */
export const optional = <A, E, R, Before>(self: Step<A, E, R, Before>): Step<Option.Option<A>, never, R, Before> => ({
  ...wrap(self, "optional", (run) => Effect.option(noteRecovery(run))),
  output: self.output && Schema.Option(self.output),
  error: undefined
})

/**
 * Answers with the failure, or the success, as a value.
 *
 * @category failure policies
 */
export const result = <A, E, R, Before>(
  self: Step<A, E, R, Before>
): Step<Result.Result<A, E>, never, R, Before> => ({
  ...wrap(self, "result", (run) => Effect.result(noteRecovery(run))),
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
  ): <A, R, Before>(self: Step<A, E, R, Before>) => Step<A | B, E2, R | R2, Before>
  <A, E, R, Before, B, E2, R2>(
    self: Step<A, E, R, Before>,
    that: (error: E) => Effect.Effect<B, E2, R2>
  ): Step<A | B, E2, R | R2, Before>
} = dual(2, <A, E, R, Before, B, E2, R2>(
  self: Step<A, E, R, Before>,
  that: (error: E) => Effect.Effect<B, E2, R2>
): Step<A | B, E2, R | R2, Before> => ({
  ...wrap(self, "or else", (run) => Effect.catch(noteRecovery(run), that)),
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
  ): <A, R, Before>(self: Step<A, E, R, Before>) => Step<A, E | E2, R | R2, Before>
  <A, E, R, Before, X, E2, R2>(
    self: Step<A, E, R, Before>,
    schedule: Schedule.Schedule<X, NoInfer<E>, E2, R2>
  ): Step<A, E | E2, R | R2, Before>
} = dual(2, <A, E, R, Before, X, E2, R2>(
  self: Step<A, E, R, Before>,
  schedule: Schedule.Schedule<X, NoInfer<E>, E2, R2>
): Step<A, E | E2, R | R2, Before> => ({
  ...wrap(self, "retry", (run) =>
    Effect.flatMap(StepScope.Current, (scope) => {
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
  (limit: Duration.Input): <A, E, R, Before>(self: Step<A, E, R, Before>) => Step<A, E | TimedOut, R, Before>
  <A, E, R, Before>(self: Step<A, E, R, Before>, limit: Duration.Input): Step<A, E | TimedOut, R, Before>
} = dual(
  2,
  <A, E, R, Before>(self: Step<A, E, R, Before>, limit: Duration.Input): Step<A, E | TimedOut, R, Before> => {
    const duration = Duration.fromInputUnsafe(limit)
    const late = (elapsed: Duration.Duration) =>
      new TimedOut({ agent: self.name, phase: "step", limit: duration, elapsed })
    return {
      ...wrap(self, "timeout", (run) => Deadline.within(run, duration, late)),
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
    condition: Step<boolean, E1, R1, Before1>
  ): <A, E, R, Before>(self: Step<A, E, R, Before>) => Step<Option.Option<A>, E, R | R1, Before | Before1 | E1>
  <C, E1, R1, Before1>(
    condition: Step<C, E1, R1, Before1>,
    holds: (answer: C) => boolean
  ): <A, E, R, Before>(self: Step<A, E, R, Before>) => Step<Option.Option<A>, E, R | R1, Before | Before1 | E1>
  <A, E, R, Before, E1, R1, Before1>(
    self: Step<A, E, R, Before>,
    condition: Step<boolean, E1, R1, Before1>
  ): Step<Option.Option<A>, E, R | R1, Before | Before1 | E1>
  <A, E, R, Before, C, E1, R1, Before1>(
    self: Step<A, E, R, Before>,
    condition: Step<C, E1, R1, Before1>,
    holds: (answer: C) => boolean
  ): Step<Option.Option<A>, E, R | R1, Before | Before1 | E1>
} = dual(
  ([, second]) => second !== undefined && typeof second !== "function",
  <A, E, R, Before, C, E1, R1, Before1>(
    self: Step<A, E, R, Before>,
    condition: Step<C, E1, R1, Before1>,
    holds: (answer: C) => boolean = (answer) => answer === true
  ): Step<Option.Option<A>, E, R | R1, Before | Before1 | E1> => ({
    ...self,
    after: [condition, ...self.after],
    policies: [...self.policies, "when"],
    output: self.output && Schema.Option(self.output),
    given: self.given && ((inputs) => self.given?.(inputs.slice(1))),
    run: ([answer, ...inputs]) => holds(answer) ? Effect.asSome(self.run(inputs)) : skip
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
export const ifPresent = <const After extends ReadonlyArray<Any>, A, E extends F["Type"], R, F extends Agent.AnySchema>(
  name: string,
  after: After,
  run: (...values: Present<After>) => Effect.Effect<A, E, R>,
  schemas?: { readonly output?: Schema.ConstraintCodec<NoInfer<A>, unknown>; readonly error?: F }
): Step<Option.Option<A>, E, R | Services<After[number]>, Failure<After[number]>> => ({
  ...make(name, after, (...answers): Effect.Effect<Option.Option<A>, E, R> => {
    const values = answers.map((answer: unknown) => Option.isOption(answer) ? answer : Option.some(answer))
    return values.every(Option.isSome)
      ? Effect.asSome(run(...values.map(({ value }) => value) as Present<After>))
      : skip
  }),
  output: schemas?.output && Schema.Option(schemas.output),
  error: schemas?.error,
  policies: ["if present"]
})

/**
 * Keeps the answer in the `StepCache`, and answers with it where the same is asked again within `timeToLive`.
 *
 * The same is asked of an agent when its name, its version, the schemas of its input and its answer, and the input are the
 * same; of any other step when its name, that of its pipeline with its version, the schemas, and the answers before it are.
 * A failure is not kept. Where the same is asked while somebody is at work on it, in this run or another that shares the
 * cache, the answer is waited for; if that work fails or is interrupted, the next of those who wait does it.
 *
 * An answer that was kept says so: its step is told as `StepCached` and takes no usage, the annotation `cached` of the run,
 * and of the runs around it, names the step and the time at which it was kept, and what the step had cited and annotated is
 * cited and annotated again. A cache that cannot be read or written is logged, and the step runs.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step, StepCache } from "greenlang"
 *
 * let asked = 0
 * const Twice = Pipeline.make("Twice", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) =>
 *   Step.make("twice", [n], (n) => Effect.sync(() => (asked++, n * 2)), { output: Schema.Finite }).pipe(
 *     Step.cached({ timeToLive: "1 hour" })
 *   ))
 *
 * const program = Effect.andThen(Twice.run(4), Twice.report(4)).pipe(
 *   Effect.provide(StepCache.layerMemory({ capacity: 100 }))
 * )
 * const { steps, value } = await Effect.runPromise(program)
 * value // => 8
 * asked // => 1
 * steps.map(({ state }) => state) // => ["cached"]
 * ```
 *
 * Throws where the answer, or what the step is given, has no schema, or one that holds secrets: these are not kept. What is
 * to be kept is the answer of the step itself, so `cached` is said before what makes another answer of it (`optional`,
 * `result`, `orElse`, `when`), and not of `ifPresent` and `approval`; and it is said after `inPool`, so that nobody holds a
 * place of the pool while waiting for one who waits for a place.
 *
 * @category caching
 */
export const cached: {
  (
    options: { readonly timeToLive: Duration.Input }
  ): <A, E, R, Before>(self: Step<A, E, R, Before>) => Step<A, E, R | StepCache, Before>
  <A, E, R, Before>(
    self: Step<A, E, R, Before>,
    options: { readonly timeToLive: Duration.Input }
  ): Step<A, E, R | StepCache, Before>
} = dual(
  2,
  <A, E, R, Before>(
    self: Step<A, E, R, Before>,
    options: { readonly timeToLive: Duration.Input }
  ): Step<A, E, R | StepCache, Before> => {
    const { agent, given, name, output } = self
    const timeToLive = Duration.fromInputUnsafe(options.timeToLive)
    const refuse = (why: string) => new Error(`the answer of the step "${name}" cannot be cached: ${why}`)
    const other = self.policies.find((policy) => uncachable.has(policy))
    if (other !== undefined) throw refuse(`it is that of "${other}"`)
    if (CachedWork.isCached(self)) throw refuse("it is already")
    if (output === undefined) throw refuse("it has no schema")
    const before = self.after.map((step) => step.output ?? step.name)
    const unknown = given === undefined ? before.find((schema) => typeof schema === "string") : undefined
    if (unknown !== undefined) throw refuse(`the answer of "${unknown}" before it has no schema`)
    const inputs = before.filter((schema) => typeof schema !== "string")
    const asked = agent !== undefined && given !== undefined
      ? CachedWork.ofAgent(agent, timeToLive)
      : { given: Schema.Tuple(inputs), schemas: [...inputs, output], timeToLive }
    if (asked.schemas.some(Recorded.holdsSecrets)) throw refuse("it, or what the step is given, holds secrets")
    const work = CachedWork.make({ ...asked, output })
    return {
      ...self,
      policies: [...self.policies, CachedWork.policy(timeToLive)],
      run: (inputs) =>
        Effect.flatMap(Run.Current, (run) =>
          work({
            step: name,
            who: CachedWork.who(agent, run, name),
            given: given === undefined ? inputs : given(inputs),
            run: Effect.suspend(() => self.run(inputs))
          }))
    }
  }
)

/** These answer with something else than the step itself, or with what a person said. */
const uncachable = new Set(["optional", "result", "or else", "when", "if present", "approval"])

/**
 * Waits for a place in `pool`, and holds it while it runs.
 *
 * @category concurrency
 */
export const inPool: {
  (pool: Pool): <A, E, R, Before>(self: Step<A, E, R, Before>) => Step<A, E, R, Before>
  <A, E, R, Before>(self: Step<A, E, R, Before>, pool: Pool): Step<A, E, R, Before>
} = dual(2, <A, E, R, Before>(self: Step<A, E, R, Before>, pool: Pool): Step<A, E, R, Before> => {
  if (CachedWork.isCached(self)) {
    throw new Error(
      `the step "${self.name}" is cached, and an answer that is known needs no place: say inPool before cached`
    )
  }
  return {
    ...wrap(self, `in pool ${pool.name}`, (run) =>
      Effect.andThen(
        StepScope.emit((path, at) => ({ _tag: "StepWaiting", path, what: pool.name, at })),
        pool.semaphore.withPermit(run)
      )),
    output: self.output,
    error: self.error
  }
})

/**
 * Says how long the step is known to take. Where not all that is ready may run, what has the longest way to the end of
 * the pipeline before it goes first.
 *
 * @category concurrency
 */
export const expect: {
  (duration: Duration.Input): <A, E, R, Before>(self: Step<A, E, R, Before>) => Step<A, E, R, Before>
  <A, E, R, Before>(self: Step<A, E, R, Before>, duration: Duration.Input): Step<A, E, R, Before>
} = dual(2, <A, E, R, Before>(self: Step<A, E, R, Before>, duration: Duration.Input): Step<A, E, R, Before> => ({
  ...self,
  expected: Duration.fromInputUnsafe(duration)
}))

const skip = Effect.map(StepScope.Current, (scope) => {
  if (scope !== undefined) scope.skipped = true
  return Option.none<never>()
})

/** The same box with another effect in it. */
const wrap = <A, E, R, Before, B, E2, R2>(
  self: Step<A, E, R, Before>,
  policy: string,
  around: (run: Effect.Effect<A, E, R>) => Effect.Effect<B, E2, R2>
): Omit<Step<B, E2, R | R2, Before>, "output" | "error"> => ({
  ...self,
  policies: [...self.policies, policy],
  run: (inputs) => around(Effect.suspend(() => self.run(inputs)))
})

/** Lets the events tell that the step failed before its policy made an answer of it. */
const noteRecovery = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.tapError(run, (error) =>
    Effect.map(StepScope.Current, (scope) => {
      if (scope !== undefined) scope.recovered = error
    }))
