/**
 * One box of a pipeline: a name, the steps it waits for, and an Effect.
 *
 * Steps point at each other as values, so a pipeline cannot contain a cycle or a misspelt name.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Pipeable } from "effect/Pipeable"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { RunError } from "../agent/AgentError.ts"
import * as StepBox from "./internal/StepBox.ts"

export { cached } from "./StepCaching.ts"
export { ifPresent, optional, orElse, result, retry, timeout, when } from "./StepPolicy.ts"
export { approval, forEach, iterate, IterationLimit, match, race } from "./StepShape.ts"
export { expect, inPool } from "./StepTurn.ts"

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
  readonly given: ((inputs: ReadonlyArray<unknown>) => unknown) | undefined
  readonly run: (inputs: ReadonlyArray<unknown>) => Effect.Effect<A, E, R>
}

/** @category models */
export type Any = Step<unknown, unknown, unknown, unknown>

/** The answers of `After`, in order. @category utility types */
export type Answers<After extends ReadonlyArray<Any>> = {
  readonly [K in keyof After]: After[K] extends Step<infer A, unknown, unknown, unknown> ? A : never
}

/** The answers of `After`, in order, with what is in those that are an `Option`. @category utility types */
export type Present<After extends ReadonlyArray<Any>> = {
  readonly [K in keyof After]: After[K] extends Step<infer A, unknown, unknown, unknown>
    ? [A] extends [Option.Option<infer B>] ? B : A
    : never
}

/** How a step, or one before it, can fail. @category utility types */
export type Failure<S> = S extends Step<unknown, infer E, unknown, infer Before> ? E | Before : never

/** How a step itself can fail. @category utility types */
export type OwnFailure<S> = S extends Step<unknown, infer E, unknown, unknown> ? E : never

/** How the steps before a step can fail. @category utility types */
export type Before<S> = S extends Step<unknown, unknown, unknown, infer Before> ? Before : never

/** What a step, and those before it, need. @category utility types */
export type Services<S> = S extends Step<unknown, unknown, infer R, unknown> ? R : never

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
  ...StepBox.empty,
  name,
  after: StepBox.before(after),
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
