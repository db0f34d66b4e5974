/**
 * The interface of a step, and what steps of every kind are made of. `Step.ts` is its public face.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type Pipeable, Prototype } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type * as Agent from "../../agent/Agent.ts"
import * as StepScope from "./StepScope.ts"

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

/** What most steps leave empty. */
export const empty = {
  ...Prototype,
  policies: [],
  expected: undefined,
  agent: undefined,
  given: undefined,
  output: undefined,
  error: undefined
} as const

/** Each step says how it, and those before it, can fail. The compiler does not add that up over a list that it does not know. */
export const before = <After extends ReadonlyArray<Any>>(after: After) =>
  after as ReadonlyArray<Step<unknown, Failure<After[number]>, unknown, Failure<After[number]>>>

/** The same box with another effect in it. */
export const wrap = <A, E, R, Before, B, E2, R2>(
  self: Step<A, E, R, Before>,
  policy: string,
  around: (run: Effect.Effect<A, E, R>) => Effect.Effect<B, E2, R2>
): Omit<Step<B, E2, R | R2, Before>, "output" | "error"> => ({
  ...self,
  policies: [...self.policies, policy],
  run: (inputs) => around(Effect.suspend(() => self.run(inputs)))
})

/** The step answers with `answer` instead of running, and the events say so. */
export const skip = <A>(answer: A): Effect.Effect<A> =>
  Effect.map(StepScope.current, (scope) => {
    if (scope !== undefined) scope.skipped = true
    return answer
  })
