/**
 * Steps of many: lists, alternatives, branches and loops; and the one that asks a person.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Approval, Decision } from "../agent/Approval.ts"
import * as AskApproval from "../agent/internal/AskApproval.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as InnerStep from "./internal/NestedStep.ts"
import * as StepBox from "./internal/StepBox.ts"

/**
 * Runs `f` on every item of `items`, `concurrency` at a time (one, unless said otherwise), and answers in their order.
 *
 * @category constructors
 */
export const forEach = <X, E1, R1, Before, A, E, R>(
  name: string,
  items: StepBox.Step<ReadonlyArray<X>, E1, R1, Before>,
  f: (item: X, index: number) => Effect.Effect<A, E, R>,
  options?: {
    readonly concurrency?: number | "unbounded"
    readonly output?: Schema.ConstraintCodec<NoInfer<A>, unknown>
  }
): StepBox.Step<Array<A>, E, R | R1, E1 | Before> => ({
  ...StepBox.empty,
  name,
  after: [items],
  policies: ["for each"],
  output: options?.output && Schema.mutable(Schema.Array(options.output)),
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
export const race = <const Steps extends readonly [StepBox.Any, ...Array<StepBox.Any>]>(
  name: string,
  alternatives: Steps
): OneOf<Steps> => {
  // each alternative is one of those that the list has
  const all = alternatives as ReadonlyArray<OneOf<Steps>>
  return {
    ...StepBox.empty,
    name,
    after: all.flatMap(({ after }) => after),
    policies: ["race"],
    run: (inputs) => {
      let taken = 0
      return Effect.raceAll(all.map((step) => {
        const own = inputs.slice(taken, taken += step.after.length)
        return InnerStep.run(step.name, Effect.suspend(() => step.run(own)))
      }))
    }
  }
}

/** One of the steps, whichever. */
type OneOf<Steps extends ReadonlyArray<StepBox.Any>> = StepBox.Step<
  StepBox.Answers<Steps>[number],
  StepBox.OwnFailure<Steps[number]>,
  StepBox.Services<Steps[number]>,
  StepBox.Before<Steps[number]>
>

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
  const Cases extends {
    readonly [Tag in A["_tag"]]: (
      value: Extract<A, { readonly _tag: Tag }>
    ) => Effect.Effect<unknown, unknown, unknown>
  }
>(
  name: string,
  on: StepBox.Step<A, E1, R1, Before1>,
  cases: Cases
): StepBox.Step<
  Effect.Success<ReturnType<Cases[A["_tag"]]>>,
  Effect.Error<ReturnType<Cases[A["_tag"]]>>,
  R1 | Effect.Services<ReturnType<Cases[A["_tag"]]>>,
  E1 | Before1
> => {
  type Ran = ReturnType<Cases[A["_tag"]]>
  type Case = (value: A) => Effect.Effect<Effect.Success<Ran>, Effect.Error<Ran>, Effect.Services<Ran>>
  // each case takes the part of the union that its key names, which is what the tag says the value is
  const caseOf: { readonly [tag: string]: Case } = cases as never
  return {
    ...StepBox.empty,
    name,
    after: [on],
    policies: ["match"],
    run: ([value]) => caseOf[(value as A)._tag]!(value as A)
  }
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
 * still holds after `max` rounds. Throws when `max` is no whole number.
 *
 * @category constructors
 */
export const iterate = <A, E1, R1, Before1, E, R>(
  name: string,
  from: StepBox.Step<A, E1, R1, Before1>,
  options: {
    readonly while: (state: A) => boolean
    readonly max: number
    readonly body: (state: A, round: number) => Effect.Effect<NoInfer<A>, E, R>
  }
): StepBox.Step<A, E | IterationLimit, R | R1, E1 | Before1> => {
  const { body, max, while: goesOn } = options
  if (!Number.isInteger(max) || max < 0) {
    throw new InvalidDefinition({
      subject: `step \`${name}\``,
      problem: `max is ${max}`,
      expected: "a whole number of at least 0"
    })
  }
  return {
    ...StepBox.empty,
    name,
    after: [from],
    policies: [`at most ${max} rounds`],
    output: from.output,
    run: ([first]) =>
      Effect.gen(function*() {
        let state = first as A
        for (let round = 0; goesOn(state); round++) {
          if (round === max) return yield* new IterationLimit({ step: name, max })
          state = yield* InnerStep.run(`${round}`, body(state, round))
        }
        return state
      })
  }
}

/**
 * Asks a person, through `Approval`, what `text` makes of the answers before it, and answers with the decision. A refusal
 * is an answer too: what comes after may ask with `Step.when(approved, (decision) => decision.approved)`.
 *
 * @category constructors
 */
export const approval = <const After extends ReadonlyArray<StepBox.Any>>(
  name: string,
  after: After,
  text: (...inputs: StepBox.Answers<After>) => string
): StepBox.Step<
  Decision,
  never,
  Approval | StepBox.Services<After[number]>,
  StepBox.Failure<After[number]>
> => ({
  ...StepBox.empty,
  name,
  after: StepBox.before(after),
  policies: ["approval"],
  output: Decision,
  run: (inputs) => AskApproval.ask(name, text(...inputs as StepBox.Answers<After>))
})
