/**
 * Steps that choose what runs: alternatives, branches and loops.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"
import * as Drawing from "./internal/Drawing.ts"
import * as NestedStep from "./internal/NestedStep.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepWork from "./internal/StepWork.ts"
import * as WrongReturn from "./internal/WrongReturn.ts"

/**
 * Runs `alternatives` at the same time, once all that any of them waits for has succeeded, and answers with the first
 * success; the others are interrupted. Fails when all have failed. The input of the pipeline may be an alternative. Throws
 * `InvalidDefinition` without an alternative.
 *
 * @category constructors
 */
export const race = <const Steps extends readonly [StepBox.Any, ...Array<StepBox.Any>]>(
  name: string,
  alternatives: Steps
): OneOf<Steps> => {
  // Each alternative is one of those that the list has.
  StepBox.checkList(name, "its alternatives are", alternatives)
  if (alternatives.length < 1) throw StepBox.refusal(name, "it has no alternatives", "at least one step")
  for (const one of alternatives) StepBox.checkInput(name, "one of its alternatives is", one)
  // A list of its own: what becomes of the other one does not change the step.
  const given = [...alternatives] as ReadonlyArray<unknown> as ReadonlyArray<OneOf<Steps>>
  const all = Object.freeze(given.map((one) => Drawing.isInput(one[StepBox.Origin]) ? inputOf(name, one) : one))
  const counts = all.map(({ after }) => after.length)
  return StepBox.make({
    name,
    after: all.flatMap(({ after }) => after),
    policies: ["race"],
    output: unionOf(all),
    width: all.length,
    alternatives: all,
    layers: StepBox.checkLayers(name, 1 + Math.max(...all.map(({ layers }) => layers))),
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

/** The input of the pipeline as an alternative, which answers with what the run was given. */
const inputOf = <S extends StepBox.Any>(name: string, input: S): S => {
  if (input.policies.length > 0) {
    throw StepBox.refusal(name, "one of its alternatives is the input with a policy around it", "the input, or a step")
  }
  return { ...input, after: [input], run: ([answer]) => Effect.succeed(answer) }
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
  if (typeof cases !== "object" || cases === null || Described.isList(cases)) {
    throw StepBox.refusal(name, `its cases are ${Described.kind(cases)}`, "an object")
  }
  const caseOf: { readonly [tag: string]: Case } = StepBox.options(name, cases as never)
  for (const [tag, one] of Object.entries(caseOf)) StepBox.checkFunction(name, `case \`${tag}\``, one)
  const { output } = StepBox.options(name, schemas ?? {})
  const check = StepBox.checked<Effect.Success<Ran>, O>(name, output as O)
  return StepBox.make({
    name,
    after: StepBox.before([on]),
    policies: ["match"],
    output,
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
 * A durable run records each round by the schema of `from`, or by `output`, which it needs where `from` has none, as a `Step.pure`. An
 * answer that does not match `output` fails the step with `InvalidOutput`.
 *
 * @category constructors
 */
export const iterate = <
  const Name extends string,
  A,
  E1,
  R1,
  Before1,
  L extends string,
  E,
  R,
  Known,
  O extends Schema.ConstraintCodec<NoInfer<A>, unknown> | undefined = undefined
>(
  name: Name,
  from: StepBox.Step<A, E1, R1, Before1, L> & { readonly output: Known },
  options: {
    readonly while: (state: A) => boolean
    readonly max: number
    readonly body: (state: A, round: number) => Effect.Effect<NoInfer<A>, E, R>
    readonly output?: O
  }
): StepBox.Step<
  A,
  E | IterationLimit | StepBox.Unmatched<O>,
  R | R1,
  E1 | Before1,
  L | ([O] extends [undefined] ? StepBox.WithoutSchema<Known, Name> : never)
> => {
  StepBox.checkInput(name, "it begins with", from)
  const { body, max, output: stated, while: goesOn } = StepBox.options(name, options)
  const check = StepBox.checked<A, O>(name, stated as O)
  const output: StepBox.Step<A>["output"] = stated ?? from.output
  StepBox.checkFunction(name, "`body`", body)
  StepBox.checkFunction(name, "`while`", goesOn)
  if (!Number.isSafeInteger(max) || max < 0) {
    throw StepBox.refusal(name, `max is ${Described.shown(max)}`, "a whole number, at least 0")
  }
  return StepBox.make({
    name,
    after: StepBox.before([from]),
    policies: [`at most ${max} rounds`],
    output,
    frame: true,
    journaled: output !== undefined,
    run: ([first]) =>
      Effect.gen(function*() {
        let state = first as A
        for (let round = 0; WrongReturn.holds(goesOn(state), "`while`"); round++) {
          if (round === max) return yield* new IterationLimit({ step: name, max })
          state = yield* NestedStep.run(
            `${round}`,
            check(Effect.suspend(() => StepBox.effectOf(body(state, round)))),
            { output }
          )
        }
        return state
      })
  })
}
