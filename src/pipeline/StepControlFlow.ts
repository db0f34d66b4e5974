/**
 * Steps that choose what runs: lists, alternatives, branches, loops, conditions, and questions to a person.
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { type Approval, Decision } from "../agent/Approval.ts"
import * as AskApproval from "../agent/internal/AskApproval.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as NestedStep from "./internal/NestedStep.ts"
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
    Effect.forEach(items as ReadonlyArray<X>, (item, at) => NestedStep.run(`${at}`, f(item, at)), {
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
        return NestedStep.run(step.name, Effect.suspend(() => step.run(own)))
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
          state = yield* NestedStep.run(`${round}`, body(state, round))
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

/**
 * Runs the step only if `holds` of what `condition` answered (without `holds`: if it answered `true`), and is `None`
 * otherwise. It waits for `condition` as well.
 *
 * @category control flow
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
 * @category control flow
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
