/**
 * One box of a pipeline: a name, the steps that it waits for, and an Effect.
 *
 * Steps point at each other as values, so a pipeline cannot contain a cycle or a misspelt name.
 */
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { RunError } from "../agent/AgentError.ts"
import * as Described from "../internal/Described.ts"
import {
  type Answers,
  type Any,
  before,
  checked,
  checkFunction,
  checkInput,
  checkList,
  type Computed,
  effectOf,
  errorWith,
  type Failure,
  make as box,
  options,
  refusal,
  type Services,
  type Step,
  type Unmatched,
  type Unrecorded,
  type UnrecordedBy,
  type WithoutSchema
} from "./internal/StepBox.ts"
import { plain } from "./internal/WrongReturn.ts"

export { cached } from "./StepCaching.ts"
export { expectedDuration, inPool } from "./StepConcurrency.ts"
export { ifPresent, when } from "./StepCondition.ts"
export { iterate, IterationLimit, match, race } from "./StepControlFlow.ts"
export { forEach } from "./StepForEach.ts"
export { optional, orElse, result, retry, timeout } from "./StepPolicy.ts"
export { promise, PromiseRejected } from "./StepPromise.ts"
export { approval, sleep } from "./StepWaiting.ts"

export type {
  Answers,
  Any,
  Before,
  Computed,
  Failure,
  OwnFailure,
  Present,
  Services,
  Step,
  UnrecordedBy
} from "./internal/StepBox.ts"

/**
 * A step that runs once everything in `after` has succeeded, and receives their answers in order.
 *
 * When it fails, the run fails with it and its siblings are interrupted. An answer that does not match `output` fails the
 * step with `InvalidOutput`. With schemas for its answer and its error, both can be journaled. With `transaction`, a durable
 * run commits what the step writes through the `SqlClient` of the run and the record of the step together: exactly once.
 *
 * Throws `InvalidDefinition`, as every constructor and combinator of steps does, where a name, a step, a schema or a function is
 * something else, and where more than 100 combinators and races are around one step.
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
export const make = <
  const Name extends string,
  const After extends ReadonlyArray<Any>,
  A,
  E extends F["Type"] = never,
  R = never,
  F extends Agent.AnySchema = Agent.AnySchema,
  O extends Schema.ConstraintCodec<NoInfer<A>, unknown> | undefined = undefined
>(
  name: Name,
  after: After,
  run: (...inputs: Answers<After>) => Effect.Effect<A, E, R>,
  given?: { readonly output?: O; readonly error?: F; readonly transaction?: boolean }
): Step<
  A,
  E | Unmatched<O>,
  R | Services<After[number]>,
  Failure<After[number]>,
  WithoutSchema<O, Name> | UnrecordedBy<After[number]>
> => {
  checkFunction(name, "work", run)
  const { error, output, transaction } = options(name, given ?? {})
  const check = checked<A, O>(name, output as O)
  type Run = (inputs: ReadonlyArray<unknown>) => Effect.Effect<A, E | Unmatched<O>, R>
  // Without a schema there is nothing to check, and what calls `run` sees whether it returned an Effect.
  const unchecked: Run = (inputs) => run(...inputs as Answers<After>)
  return box({
    name,
    after: before(after),
    output,
    error: errorWith(name, error, output),
    transaction: transaction === true,
    run: output === undefined ? unchecked : (inputs) => check(effectOf(run(...inputs as Answers<After>)))
  })
}

/**
 * A step that computes its answer from the answers before it, without an Effect: glue between steps. A durable run does not
 * record it, and computes it again where the run goes on, so `compute` must answer the same to the same, and its answer needs
 * no schema.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Step } from "greenlang"
 *
 * const rows = Step.make("rows", [], () => Effect.succeed<ReadonlyArray<number>>([1, 2]), { output: Schema.Array(Schema.Finite) })
 * const total = Step.pure("total", [rows], (rows) => rows.reduce((a, b) => a + b, 0))
 * total.after.map((step) => step.name) // => ["rows"]
 * ```
 *
 * @category constructors
 */
export const pure = <const After extends ReadonlyArray<Any>, A>(
  name: string,
  after: After,
  compute: (...inputs: Answers<After>) => A
): Computed<A, Services<After[number]>, Failure<After[number]>, UnrecordedBy<After[number]>> => {
  checkFunction(name, "work", compute)
  return {
    ...box<A, never, Services<After[number]>, Failure<After[number]>, UnrecordedBy<After[number]>>({
      name,
      after: before(after),
      frame: true,
      run: (inputs) => Exit.succeed(plain(compute(...inputs as Answers<After>)))
    }),
    output: undefined
  }
}

/**
 * A last step that answers with the answer of `answer`, once `others` have ended, too. It is how a pipeline runs steps for
 * their effects, such as an audit of the answer: without it, a step that the last step does not wait for is refused.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step } from "greenlang"
 *
 * const audited: Array<number> = []
 * const Twice = Pipeline.make("Twice", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
 *   const twice = Step.make("twice", [n], (n) => Effect.succeed(n * 2))
 *   const audit = Step.make("audit", [twice], (twice) => Effect.sync(() => audited.push(twice)))
 *   return Step.last("answer", twice, [audit])
 * })
 *
 * const { value } = await Effect.runPromise(Twice.run(4))
 * value // => 8
 * audited // => [8]
 * ```
 *
 * @category constructors
 */
export const last = <A, E1, R1, Before1, L extends string, const Others extends ReadonlyArray<Any>>(
  name: string,
  answer: Step<A, E1, R1, Before1, L>,
  others: Others
): Step<
  A,
  never,
  R1 | Services<Others[number]>,
  E1 | Before1 | Failure<Others[number]>,
  L | UnrecordedBy<Others[number]>
> => {
  checkInput(name, "it answers with", answer)
  checkList(name, "it waits for", others)
  return box({
    name,
    after: before([answer, ...others]),
    output: answer.output,
    frame: true,
    run: ([value]) => Exit.succeed(value as A)
  })
}

/**
 * Runs `agent`, or a pipeline, on what `input` makes of the answers before it, and answers with its value.
 *
 * @category constructors
 */
export const agent = <
  const Name extends string,
  const After extends ReadonlyArray<Any>,
  In,
  Out,
  E,
  R,
  L extends string = never
>(
  name: Name,
  agent: Agent.Agent<In, Out, E, R> & { readonly [Unrecorded]?: L },
  after: After,
  input: (...inputs: Answers<After>) => In
): Step<
  Out,
  E | RunError,
  R | Services<After[number]>,
  Failure<After[number]>,
  (string extends L ? never : `${Name}/${L}`) | UnrecordedBy<After[number]>
> => {
  if (!Agent.isAgent(agent)) throw refusal(name, `it runs ${Described.kind(agent)}`, "an agent, or a pipeline")
  checkFunction(name, "input", input)
  return box({
    name,
    after: before(after),
    agent,
    frame: "steps" in agent,
    output: agent.output,
    error: agent.error && Schema.Union([agent.error, RunError]),
    given: (inputs) => input(...inputs as Answers<After>),
    run: (inputs) => Agent.call(agent, input(...inputs as Answers<After>))
  })
}
