/**
 * Steps that choose what runs: lists, alternatives, branches, loops, conditions, and questions to a person.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { InvalidOutput } from "../agent/AgentError.ts"
import { type Approval, Decision } from "../agent/Approval.ts"
import * as AskApproval from "../agent/internal/AskApproval.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Described from "../internal/Described.ts"
import * as NestedStep from "./internal/NestedStep.ts"
import type { Pool } from "./internal/Places.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepPerformer from "./internal/StepPerformer.ts"
import * as StepWork from "./internal/StepWork.ts"

/**
 * Runs `f` on every item of `items`, and answers in their order. `concurrency` is how many items run at the same time.
 * Default: one. With `pool`, each item holds a place of it while it runs, and the default is the size of the pool. An answer
 * that does not match `output` fails the step with `InvalidOutput`.
 *
 * Throws `InvalidDefinition` when `concurrency` is below one.
 *
 * @category constructors
 */
export const forEach = <
  const Name extends string,
  L extends string,
  X,
  E1,
  R1,
  Before,
  A,
  E,
  R,
  O extends Schema.ConstraintCodec<NoInfer<A>, unknown> | undefined = undefined
>(
  name: Name,
  items: StepBox.Step<ReadonlyArray<X>, E1, R1, Before, L>,
  f: (item: X, index: number) => Effect.Effect<A, E, R>,
  options: {
    readonly concurrency?: number | "unbounded" | undefined
    readonly pool?: Pool | undefined
    readonly output?: O
  } = {}
): StepBox.Step<
  Array<A>,
  E | StepBox.Unmatched<O>,
  R | R1,
  E1 | Before,
  L | StepBox.WithoutSchema<O, Name>
> => {
  const { concurrency = options.pool?.size ?? 1, output, pool } = options
  const width = concurrency === "unbounded" ? Infinity : concurrency
  if (!(width >= 1)) throw wrong(name, `concurrency is ${concurrency}`, "at least 1")
  const check = StepBox.checked<A, O>(name, output as O)
  const inPlace = (self: Effect.Effect<A, E, R>) => pool === undefined ? self : StepWork.hold(pool, self)
  return StepBox.make({
    name,
    after: StepBox.before([items]),
    policies: ["for each", ...(pool === undefined ? [] : [`in pool ${pool.name}`])],
    output: output && Schema.mutable(Schema.Array(output)),
    width,
    frame: true,
    journaled: output !== undefined,
    run: ([items]) => {
      if (!Array.isArray(items)) {
        return Effect.die(new TypeError(`needs a list, and was given ${Described.kind(items)}`))
      }
      return StepWork.inParts((part) =>
        Effect.forEach(items as ReadonlyArray<X>, (item, at) =>
          part(NestedStep.run(
            `${at}`,
            inPlace(Effect.suspend(() => check(StepBox.effectOf(f(item, at)))) as Effect.Effect<A, E, R>),
            output
          )) as Effect.Effect<A, E | StepBox.Unmatched<O>, R>, { concurrency })
      )
    }
  })
}

const wrong = (step: string, problem: string, expected: string) =>
  new InvalidDefinition({ subject: `step \`${step}\``, problem, expected })

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
  // Each alternative is one of those that the list has.
  const all = alternatives as ReadonlyArray<unknown> as ReadonlyArray<OneOf<Steps>>
  const counts = all.map(({ after }) => after.length)
  return StepBox.make({
    name,
    after: all.flatMap(({ after }) => after),
    policies: ["race"],
    output: unionOf(all),
    width: all.length,
    alternatives: all,
    run: (inputs) => {
      let taken = 0
      const runs = all.map((step, at) => {
        const own = inputs.slice(taken, taken += counts[at]!)
        return NestedStep.run(step.name, Effect.suspend(() => StepBox.effectOf(step.run(own))))
      })
      return StepWork.inParts((part) => Effect.raceAll(runs.map(part)))
    }
  }) as OneOf<Steps>
}

/** The schema of an answer of any of `steps`, where all have one. */
const unionOf = (steps: ReadonlyArray<StepBox.Any>): Schema.ConstraintCodec<unknown, unknown> | undefined => {
  const outputs = steps.flatMap(({ output }) => output === undefined ? [] : [output])
  return outputs.length === steps.length ? Schema.Union(outputs) : undefined
}

/** One of the steps, whichever. */
type OneOf<Steps extends ReadonlyArray<StepBox.Any>> = StepBox.Step<
  StepBox.Answers<Steps>[number],
  StepBox.OwnFailure<Steps[number]>,
  StepBox.Services<Steps[number]>,
  StepBox.Before<Steps[number]>,
  StepBox.UnrecordedBy<Steps[number]>
>

/**
 * Runs the case that the `_tag` of the answer of `on` names. An answer that does not match `output` fails the step with
 * `InvalidOutput`.
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
  const Name extends string,
  L extends string,
  A extends { readonly _tag: string },
  E1,
  R1,
  Before1,
  const Cases extends {
    readonly [Tag in A["_tag"]]: (
      value: Extract<A, { readonly _tag: Tag }>
    ) => Effect.Effect<unknown, unknown, unknown>
  },
  O extends Schema.ConstraintCodec<Effect.Success<ReturnType<NoInfer<Cases>[A["_tag"]]>>, unknown> | undefined =
    undefined
>(
  name: Name,
  on: StepBox.Step<A, E1, R1, Before1, L>,
  cases: Cases,
  schemas?: { readonly output?: O }
): StepBox.Step<
  Effect.Success<ReturnType<Cases[A["_tag"]]>>,
  Effect.Error<ReturnType<Cases[A["_tag"]]>> | StepBox.Unmatched<O>,
  R1 | Effect.Services<ReturnType<Cases[A["_tag"]]>>,
  E1 | Before1,
  L | StepBox.WithoutSchema<O, Name>
> => {
  type Ran = ReturnType<Cases[A["_tag"]]>
  type Case = (value: A) => Effect.Effect<Effect.Success<Ran>, Effect.Error<Ran>, Effect.Services<Ran>>
  // Each case takes the part of the union that its key names.
  const caseOf: { readonly [tag: string]: Case } = cases as never
  const check = StepBox.checked<Effect.Success<Ran>, O>(name, schemas?.output as O)
  return StepBox.make({
    name,
    after: StepBox.before([on]),
    policies: ["match"],
    output: schemas?.output,
    run: ([value]) => {
      const tag = Predicate.hasProperty(value, "_tag") ? String(value._tag) : undefined
      if (tag === undefined || !Object.hasOwn(caseOf, tag)) {
        return Effect.die(new TypeError(`has no case for ${tag === undefined ? Described.kind(value) : `\`${tag}\``}`))
      }
      return check(StepBox.effectOf(caseOf[tag]!(value as A)))
    }
  })
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
 * still holds after `max` rounds. Throws `InvalidDefinition` when `max` is not a whole number.
 *
 * @category constructors
 */
export const iterate = <A, E1, R1, Before1, L extends string, E, R>(
  name: string,
  from: StepBox.Step<A, E1, R1, Before1, L>,
  options: {
    readonly while: (state: A) => boolean
    readonly max: number
    readonly body: (state: A, round: number) => Effect.Effect<NoInfer<A>, E, R>
  }
): StepBox.Step<A, E | IterationLimit, R | R1, E1 | Before1, L> => {
  const { body, max, while: goesOn } = options
  if (!Number.isInteger(max) || max < 0) {
    throw wrong(name, `max is ${max}`, "a whole number, at least 0")
  }
  return StepBox.make({
    name,
    after: StepBox.before([from]),
    policies: [`at most ${max} rounds`],
    output: from.output,
    frame: true,
    journaled: from.output !== undefined,
    run: ([first]) =>
      Effect.gen(function*() {
        let state = first as A
        for (let round = 0; goesOn(state); round++) {
          if (round === max) return yield* new IterationLimit({ step: name, max })
          state = yield* NestedStep.run(
            `${round}`,
            Effect.suspend(() => StepBox.effectOf(body(state, round))),
            from.output
          )
        }
        return state
      })
  })
}

/**
 * Asks a person, through `Approval`, the question that `text` makes of the answers before it, and answers with the decision.
 * A refusal is an answer, too: a later step may run only after a yes with `Step.when(decided, ({ approved }) => approved)`.
 * The clock of the run's default limit stands still while the person is asked.
 *
 * @category constructors
 */
export const approval = <const After extends ReadonlyArray<StepBox.Any>>(
  name: string,
  after: After,
  text: (...inputs: StepBox.Answers<After>) => string
): StepBox.Step<
  Decision,
  InvalidOutput,
  Approval | StepBox.Services<After[number]>,
  StepBox.Failure<After[number]>,
  StepBox.UnrecordedBy<After[number]>
> => {
  const check = StepBox.checked<Decision, typeof Decision>(name, Decision)
  return StepBox.make({
    name,
    after: StepBox.before(after),
    policies: ["approval"],
    output: Decision,
    error: InvalidOutput,
    frame: true,
    run: (inputs) => check(AskApproval.ask(name, text(...inputs as StepBox.Answers<After>)))
  })
}

/**
 * Waits for `duration`, which may depend on the answers before it, once all in `after` has succeeded. A durable run waits
 * without a process: it goes on when the time has come, or at once where the time has passed while no worker ran.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "greenlang"
 *
 * const sent = Step.make("sent", [], () => Effect.void)
 * const grace = Step.sleep("grace", [sent], "3 days")
 * grace.policies // => ["sleep"]
 * ```
 *
 * Throws `InvalidDefinition` for what is not a duration.
 *
 * @category control flow
 */
export const sleep = <const After extends ReadonlyArray<StepBox.Any>>(
  name: string,
  after: After,
  duration: Duration.Input | ((...inputs: StepBox.Answers<After>) => Duration.Input)
): StepBox.Step<
  void,
  never,
  StepBox.Services<After[number]>,
  StepBox.Failure<After[number]>,
  StepBox.UnrecordedBy<After[number]>
> => {
  const stated = typeof duration === "function" ? undefined : StepBox.duration(name, duration)
  return StepBox.make({
    name,
    after: StepBox.before(after),
    policies: ["sleep"],
    output: Schema.Void,
    frame: true,
    run: (inputs) =>
      Effect.withFiber((fiber) => {
        const performer = fiber.getRef(StepPerformer.Current)
        const pause = stated ?? StepBox.duration(
          name,
          (duration as (...inputs: StepBox.Answers<After>) => Duration.Input)(...inputs as StepBox.Answers<After>)
        )
        return performer === undefined ? Effect.sleep(pause) : performer.sleep("sleep", pause)
      })
  })
}

/**
 * Runs the step only if `holds` of what `condition` answered (without `holds`: if it answered `true`), and is `None`
 * otherwise. It waits for `condition` as well.
 *
 * @category control flow
 */
export const when: {
  <E1, R1, Before1, L1 extends string>(
    condition: StepBox.Step<boolean, E1, R1, Before1, L1>
  ): <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>
  ) => StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1>
  <C, E1, R1, Before1, L1 extends string>(
    condition: StepBox.Step<C, E1, R1, Before1, L1>,
    holds: (answer: C) => boolean
  ): <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>
  ) => StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1>
  <A, E, R, Before, E1, R1, Before1, L extends string, L1 extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    condition: StepBox.Step<boolean, E1, R1, Before1, L1>
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1>
  <A, E, R, Before, C, E1, R1, Before1, L extends string, L1 extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    condition: StepBox.Step<C, E1, R1, Before1, L1>,
    holds: (answer: C) => boolean
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1>
} = dual(
  ([, second]) => second !== undefined && typeof second !== "function",
  <A, E, R, Before, C, E1, R1, Before1, L extends string, L1 extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    condition: StepBox.Step<C, E1, R1, Before1, L1>,
    holds: (answer: C) => boolean = (answer) => answer === true
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1> => ({
    ...self,
    after: [condition, ...self.after],
    policies: [...self.policies, "when"],
    output: self.output && Schema.Option(self.output),
    given: self.given && ((inputs) => self.given?.(inputs.slice(1))),
    run: ([answer, ...inputs]) =>
      holds(answer as C) ? Effect.asSome(StepBox.effectOf(self.run(inputs))) : StepBox.skip(Option.none())
  })
)

/**
 * A step that runs where all steps that it waits for have an answer. `run` receives what is inside of those that answer with
 * an `Option`, and the others as they are. Where one of them is `None`, the step is skipped, and answers with `None` itself.
 * So all that waits for a `Step.optional` can be skipped with it. A step that should run all the same waits with `Step.make`,
 * and receives the `None`.
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
  const Name extends string,
  const After extends ReadonlyArray<StepBox.Any>,
  A,
  E extends F["Type"],
  R,
  F extends Agent.AnySchema,
  O extends Schema.ConstraintCodec<NoInfer<A>, unknown> | undefined = undefined
>(
  name: Name,
  after: After,
  run: (...values: StepBox.Present<After>) => Effect.Effect<A, E, R>,
  schemas: { readonly output?: O; readonly error?: F } = {}
): StepBox.Step<
  Option.Option<A>,
  E | StepBox.Unmatched<O>,
  R | StepBox.Services<After[number]>,
  StepBox.Failure<After[number]>,
  StepBox.WithoutSchema<O, Name> | StepBox.UnrecordedBy<After[number]>
> => {
  const check = StepBox.checked<A, O>(name, schemas.output as O)
  return StepBox.make({
    name,
    after: StepBox.before(after),
    policies: ["if present"],
    output: schemas.output && Schema.Option(schemas.output),
    error: StepBox.errorWith(schemas.error, schemas.output),
    run: (answers): Effect.Effect<Option.Option<A>, E | StepBox.Unmatched<O>, R> => {
      const values = answers.map((answer: unknown) => Option.isOption(answer) ? answer : Option.some(answer))
      return values.every(Option.isSome)
        ? Effect.asSome(check(StepBox.effectOf(run(...values.map(({ value }) => value) as StepBox.Present<After>))))
        : StepBox.skip(Option.none())
    }
  })
}
