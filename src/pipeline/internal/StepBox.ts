/**
 * The interface of a step, and what steps of every kind are made of. `Step.ts` is its public face.
 *
 * What a step runs is written by users. Where it throws, or returns something else than an Effect, the step dies, and its
 * name is known: see `WrongReturn.ts`.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { type Pipeable, Prototype } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import type * as Agent from "../../agent/Agent.ts"
import { InvalidOutput } from "../../agent/AgentError.ts"
import { mostNested } from "../../agent/internal/Lifecycle.ts"
import * as Returned from "../../agent/internal/Returned.ts"
import * as Stated from "../../agent/internal/Stated.ts"
import { checkName, InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Issue from "../../agent/Issue.ts"
import * as Described from "../../internal/Described.ts"
import * as DurationInput from "../../internal/DurationInput.ts"
import * as Drawing from "./Drawing.ts"
import * as StepScope from "./StepScope.ts"
import { effectOf } from "./WrongReturn.ts"

export { effectOf, isExit } from "./WrongReturn.ts"

/**
 * `E` is how this step itself can fail, `Before` how the steps it waits for can. A combinator such as `optional` speaks
 * of `E` only: a step before it that fails still fails the run, unless that step says otherwise. `L` are the names of the
 * steps that a durable run could not record.
 *
 * @category models
 */
export interface Step<out A, out E = never, out R = never, out Before = never, out L extends string = string>
  extends Pipeable
{
  /** In the type only: the names of this step and those before it whose answers have no schema. `string` where not known. */
  readonly [Unrecorded]?: L
  /** Which constructor call made the step: the same for the step and for what combinators make of it. */
  readonly [Origin]: Drawing.Origin
  readonly name: string
  readonly after: ReadonlyArray<Step<unknown, Before, unknown, Before>>
  /** The names of the combinators that made it, such as `retry` or `when`, in order. */
  readonly policies: ReadonlyArray<string>
  /** How long it usually takes. Where not all steps may run at once, this decides which one goes first. */
  readonly expected: Duration.Duration | undefined
  /** The agent, or the pipeline, that it runs. */
  readonly agent: Agent.Any | undefined
  /** The schema of its answer, where there is one. */
  readonly output: Schema.ConstraintCodec<A, unknown> | undefined
  /** The schema of its own errors, where there is one. */
  readonly error: Schema.ConstraintCodec<unknown, unknown> | undefined
  /** Makes the input of its agent from the answers before it. */
  readonly given: ((inputs: ReadonlyArray<unknown>) => unknown) | undefined
  /** The most effects of it that run at the same time: the items of a `forEach`, the alternatives of a `race`. */
  readonly width: number
  /** The steps that a `race` runs. */
  readonly alternatives: ReadonlyArray<Any>
  /** Whether it runs steps, or waits, by itself, and has no work of its own. A durable run records what is inside. */
  readonly frame: boolean
  /** Whether each run of its pipeline is a run of its own in a durable run, which any worker may take. */
  readonly apart: boolean
  /** Whether a durable run can record it: what it answers, or what runs inside of it, has a schema. */
  readonly journaled: boolean
  /** Whether a durable run commits the effect of the step and the record of it together. */
  readonly transaction: boolean
  /** How many combinators and races are inside each other around its work. */
  readonly layers: number
  readonly run: (inputs: ReadonlyArray<unknown>) => Effect.Effect<A, E, R>
}

/** @category models */
export type Any = Step<unknown, unknown, unknown, unknown>

/** A step that has no schema: its answer is computed again. @category models */
export interface Computed<out A, out R, out Before, out L extends string> extends Step<A, never, R, Before, L> {
  readonly output: undefined
}

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

/** The names of the steps that a durable run could not record, up to a step. @category utility types */
export type UnrecordedBy<S> = S extends Step<unknown, unknown, unknown, unknown, infer L> ? L : never

/** `Name` where no schema `O` was stated. @category utility types */
export type WithoutSchema<O, Name extends string> = [O] extends [undefined] ? Name : never

/** The key under which a type keeps the names of steps without a schema. There is no such property. */
export declare const Unrecorded: unique symbol

/** The key under which a step keeps its origin. */
export const Origin: unique symbol = Symbol.for("greenlang/pipeline/Step")

/** What most steps leave empty. */
const empty = {
  ...Prototype,
  // All steps share these lists.
  policies: Object.freeze([]),
  expected: undefined,
  agent: undefined,
  given: undefined,
  output: undefined,
  error: undefined,
  width: 1,
  alternatives: Object.freeze([]),
  frame: false,
  apart: false,
  transaction: false,
  layers: 0
} as const

type Box<A, E, R, Before, L extends string> = Step<A, E, R, Before, L>

/** A new step, which belongs to the current drawing. Throws `InvalidDefinition` for a name or a list of steps that is not one. */
export const make = <A, E, R, Before, L extends string = string>(
  box:
    & Pick<Box<A, E, R, Before, L>, "name" | "after" | "run">
    & Partial<Box<A, E, R, Before, L>>
): Step<A, E, R, Before, L> => {
  checkName("step", box.name)
  // `StepOrder` looks at what is in the list, since it knows the other steps.
  checkList(box.name, "it waits for", box.after)
  return {
    ...empty,
    [Origin]: Drawing.origin(box.name),
    journaled: box.frame === true || box.output !== undefined,
    ...box,
    after: Stated.items(`step \`${box.name}\``, "steps before it", box.after)
  }
}

/** What is wrong with the definition of the step `name`. Throws where the name itself is wrong. */
export const refusal = (name: string, problem: string, expected: string): InvalidDefinition => {
  checkName("step", name)
  return new InvalidDefinition({ subject: `step \`${name}\``, problem, expected })
}

/** Throws `InvalidDefinition` where `what` of the step `name` is not a function. */
export const checkFunction = (name: string, what: string, given: unknown): void => {
  checkName("step", name)
  Stated.checkFunction(`step \`${name}\``, what, given)
}

/** A copy of the options of the step `name`, each read once. Throws `InvalidDefinition` where they cannot be read. */
export const options = <O extends object>(name: string, given: O): O => {
  checkName("step", name)
  return Stated.options(`step \`${name}\``, given)
}

/** Throws `InvalidDefinition` where `steps` is not a list. `what` is what the step does with them. */
export const checkList = (name: string, what: string, steps: unknown): void => {
  if (!Described.isList(steps)) throw refusal(name, `${what} ${Described.kind(steps)}`, "a list of steps")
}

/** Throws `InvalidDefinition` where `given` is not a step. `what` is what the step `name` does with it. */
export const checkInput = (name: string, what: string, given: unknown): void => {
  if (!isStep(given)) throw refusal(name, `${what} ${Described.kind(given)}`, "a step")
}

/** Throws `InvalidDefinition` where a combinator is applied to something else than a step. */
export const checkSelf = (combinator: string, self: unknown): void => {
  if (isStep(self)) return
  const problem = `it was applied to ${Described.kind(self)}`
  throw new InvalidDefinition({ subject: `\`Step.${combinator}\``, problem, expected: "a step" })
}

/** Throws `InvalidDefinition` where too many combinators and races are inside each other: each runs the one inside it. */
export const checkLayers = (name: string, layers: number): number => {
  if (layers <= mostNested) return layers
  throw refusal(name, `more than ${mostNested} combinators and races are around it`, `at most ${mostNested}`)
}

/** Whether `u` is a step. A value that throws when it is asked is not one. */
export const isStep = Described.guard((u): u is Any => Predicate.hasProperty(u, Origin))

/** How a step fails whose answer does not match `O`, the schema that was stated for it, if one was. */
export type Unmatched<O> = [O] extends [undefined] ? never : InvalidOutput

/** The schema of the failures of the step `name`, where `error` and `output` were stated for it. */
export const errorWith = (
  name: string,
  error: Agent.AnySchema | undefined,
  output: Schema.Constraint | undefined
): Agent.AnySchema | undefined => {
  if (error === undefined) return undefined
  checkName("step", name)
  Stated.checkSchema(`step \`${name}\``, "`error`", error)
  return output === undefined ? error : Schema.Union([error, InvalidOutput])
}

/** The schema that was stated for the answer of the step `name`, if one was. Throws `InvalidDefinition` for what is not a schema. */
export const statedOutput = <O extends Schema.ConstraintCodec<unknown, unknown>>(
  name: string,
  output: O | undefined
): O | undefined => {
  if (output !== undefined) Stated.checkSchema(`step \`${name}\``, "`output`", output)
  return output
}

/** Checks the answer of a step against the schema that was stated for it. */
export const checked = <A, O extends Schema.ConstraintCodec<NoInfer<A>, unknown> | undefined>(
  name: string,
  output: O
): <E, R>(run: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Unmatched<O>, R> => {
  if (output === undefined) return (run) => run
  checkName("step", name)
  Stated.checkSchema(`step \`${name}\``, "`output`", output)
  const answers = Schema.toType(output)
  const check = SchemaParser.decodeUnknownEffect(answers)
  const toInvalidOutput = (issue: SchemaIssue.Issue) =>
    new InvalidOutput({ agent: `step \`${name}\``, issues: Issue.describe(answers, issue) })
  const checkAnswer = (answer: A): Effect.Effect<A, InvalidOutput> => {
    const read = check(answer, { errors: "all" })
    // A value of the type stays what it is: a class may have fields that its schema does not name.
    return Exit.isExit(read) && Exit.isSuccess(read)
      ? Exit.succeed(answer)
      : Effect.as(Effect.mapError(read, toInvalidOutput), answer)
  }
  // Where no schema was stated, nothing is checked, so the error is there where the type says so.
  return ((run: Effect.Effect<A, unknown, unknown>) =>
    Exit.isExit(run) && Exit.isSuccess(run) ? checkAnswer(run.value as A) : Effect.flatMap(run, checkAnswer)) as never
}

/** The type of each step states how the step, and those before it, can fail. The compiler does not add that up over a list of unknown length. */
export const before = <After extends ReadonlyArray<Any>>(after: After) =>
  after as ReadonlyArray<Step<unknown, Failure<After[number]>, unknown, Failure<After[number]>>>

/** The same box, as the combinator of the policy `policy` makes it. Throws `InvalidDefinition` where it has too many of them. */
export const layered = <S extends Any>(self: S, policy: string): S => {
  checkSelf(policy, self)
  const layers = checkLayers(self.name, self.layers + 1)
  return { ...self, policies: [...self.policies, policy], layers }
}

/**
 * The same box with another effect in it. `around` gets what distinguishes this application of the policy in the names of a journal
 * from those of the same policy before.
 */
export const wrap = <A, E, R, Before, B, E2, R2, L extends string>(
  self: Step<A, E, R, Before, L>,
  policy: string,
  around: (run: Effect.Effect<A, E, R>, nth: string) => Effect.Effect<B, E2, R2>
): Omit<Step<B, E2, R | R2, Before, L>, "output" | "error"> => {
  const before = self.policies.filter((one) => one === policy).length
  const nth = before === 0 ? "" : ` of ${policy} ${before + 1}`
  return { ...layered(self, policy), run: (inputs) => around(Effect.suspend(() => effectOf(self.run(inputs))), nth) }
}

/** Answers with `answer` in place of running, and emits that the step was skipped. */
export const skip = <A>(answer: A): Effect.Effect<A> =>
  Effect.map(StepScope.current, (scope) => {
    if (scope !== undefined) scope.skipped = true
    return answer
  })

/** Reads a duration that was stated for the step `name`. Throws `InvalidDefinition` for what is not one, and for one below zero. */
export const duration = (name: string, input: Duration.Input): Duration.Duration =>
  Option.getOrThrowWith(DurationInput.read(input), () => noDuration(name, input))

/** As `duration`, of one that a step computed: one below zero has passed already. */
export const durationLeft = (name: string, input: Duration.Input): Duration.Duration =>
  Option.getOrThrowWith(DurationInput.readLeft(input), () => noDuration(name, input))

const noDuration = (name: string, input: unknown) => {
  Returned.ignore(input)
  return refusal(name, `${Described.shown(input)} is not a duration`, DurationInput.expected)
}
