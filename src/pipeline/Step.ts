/**
 * One box of a pipeline: a name, the steps it waits for, and an Effect.
 *
 * Steps point at each other as values, so a pipeline cannot contain a cycle or a misspelt name.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { RunError } from "../agent/AgentError.ts"
import { type Answers, type Any, before, empty, type Failure, type Services, type Step } from "./internal/StepBox.ts"

export { cached } from "./StepCaching.ts"
export { expectedDuration, inPool } from "./StepConcurrency.ts"
export { approval, forEach, ifPresent, iterate, IterationLimit, match, race, when } from "./StepControlFlow.ts"
export { optional, orElse, result, retry, timeout } from "./StepPolicy.ts"

export type { Answers, Any, Before, Failure, OwnFailure, Present, Services, Step } from "./internal/StepBox.ts"

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
  ...empty,
  name,
  after: before(after),
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
